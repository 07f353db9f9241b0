// a method is text
>> {"jsonrpc":"2.0","id":1,"method":1,"params":[]}
<< {"jsonrpc":"2.0","id":"$_","error":{"code":-32600,"message":"$_:text"}}
