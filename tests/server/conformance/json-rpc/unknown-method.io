// in geth's words
>> {"jsonrpc":"2.0","id":1,"method":"eth_newMoon","params":[]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"the method eth_newMoon does not exist/is not available"}}
