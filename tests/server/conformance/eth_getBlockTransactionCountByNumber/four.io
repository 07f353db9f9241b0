// as many as the block has
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockTransactionCountByNumber","params":["$acted_in"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x4"}
