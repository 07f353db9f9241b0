// no such filter
>> {"jsonrpc":"2.0","id":1,"method":"eth_getFilterLogs","params":["0xdeadbeef"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"filter not found"}}
