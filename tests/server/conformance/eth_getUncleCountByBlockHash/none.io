// there are no uncles any more
>> {"jsonrpc":"2.0","id":1,"method":"eth_getUncleCountByBlockHash","params":["$acted_hash"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x0"}
