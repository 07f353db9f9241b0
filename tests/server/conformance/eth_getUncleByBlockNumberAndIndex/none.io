// there are no uncles any more
>> {"jsonrpc":"2.0","id":1,"method":"eth_getUncleByBlockNumberAndIndex","params":["$acted_in","0x0"]}
<< {"jsonrpc":"2.0","id":1,"result":null}
