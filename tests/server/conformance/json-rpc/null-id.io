// null is an id, if a poor one
>> {"jsonrpc":"2.0","id":null,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":null,"result":"0x539"}
