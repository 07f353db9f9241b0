// without a recipient it creates, and returns the code
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"data":"0x600160005260206000f3"},"latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x0000000000000000000000000000000000000000000000000000000000000001"}
