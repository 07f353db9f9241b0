// three blocks
>> {"jsonrpc":"2.0","id":1,"method":"hardhat_mine","params":["0x3"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"parentHash":"$second:hash","...":"$_"}}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByHash","params":["$second",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"parentHash":"$first:hash","...":"$_"}}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByHash","params":["$first",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"parentHash":"$acted_hash","...":"$_"}}
