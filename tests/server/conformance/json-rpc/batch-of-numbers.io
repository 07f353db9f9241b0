// one each
>> [1,2,3]
<< [{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"$_:text"}},{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"$_:text"}},{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"$_:text"}}]
