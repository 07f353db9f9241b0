// 1 is not text
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":[1,false]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
