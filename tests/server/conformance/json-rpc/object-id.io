// an object is none
>> {"jsonrpc":"2.0","id":{},"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"$_:text"}}
