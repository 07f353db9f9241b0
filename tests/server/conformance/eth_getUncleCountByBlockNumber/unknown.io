// no such block: null
>> {"jsonrpc":"2.0","id":1,"method":"eth_getUncleCountByBlockNumber","params":["0xffffffff"]}
<< {"jsonrpc":"2.0","id":1,"result":null}
