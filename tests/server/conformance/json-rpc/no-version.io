// the version is required
>> {"id":1,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":"$_","error":{"code":-32600,"message":"$_:text"}}
