// 19 bytes are no address
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionCount","params":["0xfe3841425a283f803dba5be1b7e6e63fc76f75","latest"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
