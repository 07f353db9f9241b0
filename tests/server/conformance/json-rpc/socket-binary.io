// in a binary frame, as web3.py sends it
// websocket
// binary
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"0x539"}
// binary
>> [{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}]
<< [{"jsonrpc":"2.0","id":1,"result":"0x539"}]
