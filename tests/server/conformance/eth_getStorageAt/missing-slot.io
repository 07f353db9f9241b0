// the slot is required
>> {"jsonrpc":"2.0","id":1,"method":"eth_getStorageAt","params":["0x6857140d0102a48c998debf647480a54b0f9dc81"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
