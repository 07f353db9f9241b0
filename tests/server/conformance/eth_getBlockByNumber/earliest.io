// genesis
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["earliest",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"number":"0x0","parentHash":"0x0000000000000000000000000000000000000000000000000000000000000000","transactions":[],"...":"$_"}}
