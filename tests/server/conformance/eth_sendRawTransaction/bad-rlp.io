// not a transaction at all
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0xf8deadbeef"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"$_:text"}}
