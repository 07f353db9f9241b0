// a block that exists; which one is the server's
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["safe",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"number":"$_:quantity","hash":"$_:hash","...":"$_"}}
