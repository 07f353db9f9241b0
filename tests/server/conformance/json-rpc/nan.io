// NaN is no JSON
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[NaN]}
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"$_:text"}}
