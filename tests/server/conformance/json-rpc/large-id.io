// 64 bits of it
>> {"jsonrpc":"2.0","id":9223372036854775809,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":9223372036854775809,"result":"0x539"}
