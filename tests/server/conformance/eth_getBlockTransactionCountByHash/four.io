// as many as the block has
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockTransactionCountByHash","params":["$acted_hash"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x4"}
