// another name of evm_revert
>> {"jsonrpc":"2.0","id":1,"method":"evm_snapshot","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"$snapshot:quantity"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"anvil_revert","params":["$snapshot"]}
<< {"jsonrpc":"2.0","id":1,"result":true}
>> {"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"$acted_in"}
