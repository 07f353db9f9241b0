// so is a fraction
>> {"jsonrpc":"2.0","id":1.5,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":1.5,"result":"0x539"}
