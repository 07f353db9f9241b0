// no code
>> {"jsonrpc":"2.0","id":1,"method":"eth_getCode","params":["0x0000000000000000000000000000000000c0ffee","latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x"}
