// by one with each block
>> {"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"$acted_in"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"$then:quantity"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["$then",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"parentHash":"$acted_hash","...":"$_"}}
