// the hashes of new blocks
>> {"jsonrpc":"2.0","id":1,"method":"eth_newBlockFilter","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"$filter:quantity"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"hash":"$second:hash","parentHash":"$first:hash","...":"$_"}}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getFilterChanges","params":["$filter"]}
<< {"jsonrpc":"2.0","id":1,"result":["$first","$second"]}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getFilterChanges","params":["$filter"]}
<< {"jsonrpc":"2.0","id":1,"result":[]}
>> {"jsonrpc":"2.0","id":1,"method":"eth_uninstallFilter","params":["$filter"]}
<< {"jsonrpc":"2.0","id":1,"result":true}
