// and one more: refused at once, in geth's words
// repeat: @ 1000 {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]},
>> [@{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}]
<< [{"jsonrpc":"2.0","id":"$_","error":{"code":-32600,"message":"batch too large"}}]
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"0x539"}
