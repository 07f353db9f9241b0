// no JSON at all
>> eth_chainId
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"$_:text"}}
