// a batch has at least one request
>> []
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"$_:text"}}
