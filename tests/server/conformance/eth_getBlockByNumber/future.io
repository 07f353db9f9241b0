// a block that is not there yet is null, no error
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0xffffffff",false]}
<< {"jsonrpc":"2.0","id":1,"result":null}
