// 12 is not hexadecimal
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["12",false]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
