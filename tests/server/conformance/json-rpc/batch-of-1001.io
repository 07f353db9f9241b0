// and one more: refused as a whole, in geth's words
// repeat: @ 1000 {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]},
>> [@{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}]
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch too large$_"}}
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"0x539"}
