// of a contract that has told nothing
>> {"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"fromBlock":"$acted_in","toBlock":"$acted_in","address":"0x0000000000000000000000000000000000c0ffee"}]}
<< {"jsonrpc":"2.0","id":1,"result":[]}
