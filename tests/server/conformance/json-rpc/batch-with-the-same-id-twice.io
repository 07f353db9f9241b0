// both are answered
>> [{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]},{"jsonrpc":"2.0","id":1,"method":"net_version","params":[]}]
<< [{"jsonrpc":"2.0","id":1,"result":"0x539"},{"jsonrpc":"2.0","id":1,"result":"1337"}]
