// 31 bytes are no hash
>> {"jsonrpc":"2.0","id":1,"method":"eth_getRawTransactionByHash","params":["0xababababababababababababababababababababababababababababababab"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
