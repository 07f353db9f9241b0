// no such block: null
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockTransactionCountByNumber","params":["0xffffffff"]}
<< {"jsonrpc":"2.0","id":1,"result":null}
