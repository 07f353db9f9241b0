// what is not in the protocol is ignored
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[],"more":1}
<< {"jsonrpc":"2.0","id":1,"result":"0x539"}
