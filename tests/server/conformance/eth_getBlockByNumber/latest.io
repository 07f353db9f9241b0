// the newest block
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"number":"$acted_in","hash":"$acted_hash","...":"$_"}}
