// EIP-1898: the number in an object
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0xe582dd31"},{"blockNumber":"$deployed_in"}]}
<< {"jsonrpc":"2.0","id":1,"result":"0x0000000000000000000000000000000000000000000000000000000000000000"}
