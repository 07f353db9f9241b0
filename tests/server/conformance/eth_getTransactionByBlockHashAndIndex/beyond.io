// there is no fifth: null
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionByBlockHashAndIndex","params":["$acted_hash","0x4"]}
<< {"jsonrpc":"2.0","id":1,"result":null}
