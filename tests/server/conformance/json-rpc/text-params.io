// params are a list
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":"latest"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":"$_","message":"$_:text"}}
