// the newest asked for is not there yet
>> {"jsonrpc":"2.0","id":1,"method":"eth_feeHistory","params":["0x1","0xffffffff",[]]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"$_:text"}}
