// no method at all, as geth reads it
>> {"jsonrpc":"2.0","id":1,"method":"","params":[]}
<< {"jsonrpc":"2.0","id":"$_","error":{"code":-32600,"message":"$_:text"}}
