// a contract begins at one
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionCount","params":["0x6857140d0102a48c998debf647480a54b0f9dc81","latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x1"}
