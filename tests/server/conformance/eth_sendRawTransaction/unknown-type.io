// there is no type 0x7e
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x7ec0"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"transaction type not supported"}}
