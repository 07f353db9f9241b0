// a list is no request
>> [[{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}]]
<< [{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"$_:text"}}]
