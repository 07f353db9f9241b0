// a topic counts in its place alone
>> {"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"fromBlock":"$acted_in","toBlock":"$acted_in","topics":["0x000000000000000000000000110f0be7f59d016b56f6d94435655bdd156ad7cf"]}]}
<< {"jsonrpc":"2.0","id":1,"result":[]}
