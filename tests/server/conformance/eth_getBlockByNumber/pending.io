// the block to come: one higher, child of the newest
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["pending",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"parentHash":"$acted_hash","number":"$next:quantity","...":"$_"}}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"number":"$next","...":"$_"}}
