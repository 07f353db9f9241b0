// without an id: no answer, not even to an error
>> {"jsonrpc":"2.0","method":"eth_chainId","params":[]}
<<
>> {"jsonrpc":"2.0","method":"eth_newMoon"}
<<
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"0x539"}
