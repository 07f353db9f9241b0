// an answer for what is no request
>> [1]
<< [{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"$_:text"}}]
