// which is not answered
>> [{"jsonrpc":"2.0","method":"eth_chainId"},{"jsonrpc":"2.0","id":2,"method":"eth_chainId","params":[]}]
<< [{"jsonrpc":"2.0","id":2,"result":"0x539"}]
