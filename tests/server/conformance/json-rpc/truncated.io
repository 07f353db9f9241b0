// JSON that ends too early
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId"
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"$_:text"}}
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"0x539"}
