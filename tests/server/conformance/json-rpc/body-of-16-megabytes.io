// more than geth's 5 MB: refused unread, and the server goes on
// repeat: @ 16777216 a
>> {"jsonrpc":"2.0","id":1,"method":"web3_sha3","params":["@"]}
// status: 413
<< $_
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"0x539"}
