// there is no fifth: null
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionByBlockNumberAndIndex","params":["$acted_in","0x4"]}
<< {"jsonrpc":"2.0","id":1,"result":null}
