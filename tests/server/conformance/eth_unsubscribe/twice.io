// true, then an error
// websocket
>> {"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}
<< {"jsonrpc":"2.0","id":1,"result":"$sub:quantity"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_unsubscribe","params":["$sub"]}
<< {"jsonrpc":"2.0","id":1,"result":true}
>> {"jsonrpc":"2.0","id":1,"method":"eth_unsubscribe","params":["$sub"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"subscription not found"}}
