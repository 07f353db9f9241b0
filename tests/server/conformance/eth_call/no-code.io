// a call of nobody returns nothing
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x0000000000000000000000000000000000c0ffee","data":"0xe582dd31"},"latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x"}
