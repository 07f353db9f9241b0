// the newest block makes room for another of its number
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"hash":"$gone:hash","number":"$height:quantity","...":"$_"}}
>> {"jsonrpc":"2.0","id":1,"method":"anvil_reorg","params":[1,[]]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByHash","params":["$gone",false]}
<< {"jsonrpc":"2.0","id":1,"result":null}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"number":"$height","...":"$_"}}
