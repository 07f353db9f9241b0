// no such subscription
// websocket
>> {"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newMoons"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":"$_","message":"$_:text"}}
