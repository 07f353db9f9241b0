// nothing to do
>> {"jsonrpc":"2.0","id":1}
<< {"jsonrpc":"2.0","id":"$_","error":{"code":-32600,"message":"$_:text"}}
