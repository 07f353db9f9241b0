// a log of three topics has no fourth
>> {"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"fromBlock":"$acted_in","toBlock":"$acted_in","topics":[null,null,null,"0xabababababababababababababababababababababababababababababababab"]}]}
<< {"jsonrpc":"2.0","id":1,"result":[]}
