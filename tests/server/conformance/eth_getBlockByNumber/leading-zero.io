// 0x01 is no quantity: the first digit is not zero
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x01",false]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
