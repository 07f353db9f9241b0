// the same without an end
// repeat: @ 5000 [
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":@
<< {"jsonrpc":"2.0","id":null,"error":{"code":"$_","message":"$_:text"}}
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"0x539"}
