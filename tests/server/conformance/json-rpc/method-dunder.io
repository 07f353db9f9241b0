// not a method, whatever it may be inside
>> {"jsonrpc":"2.0","id":1,"method":"__class__","params":[]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"$_:text"}}
