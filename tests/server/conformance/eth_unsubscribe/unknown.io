// no such subscription
// websocket
>> {"jsonrpc":"2.0","id":1,"method":"eth_unsubscribe","params":["0xdeadbeef"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"subscription not found"}}
