// version 1.0 is another protocol
>> {"jsonrpc":"1.0","id":1,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":"$_","error":{"code":-32600,"message":"$_:text"}}
