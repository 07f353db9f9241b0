// there are no uncles any more
>> {"jsonrpc":"2.0","id":1,"method":"eth_getUncleCountByBlockNumber","params":["$acted_in"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x0"}
