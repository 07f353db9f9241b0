// JSON, but neither an object nor a list
>> true
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"$_:text"}}
