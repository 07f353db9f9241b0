// as many as a batch may have
// repeat: @ 999 {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]},
>> [@{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}]
// repeat: @ 999 {"jsonrpc":"2.0","id":1,"result":"0x539"},
<< [@{"jsonrpc":"2.0","id":1,"result":"0x539"}]
