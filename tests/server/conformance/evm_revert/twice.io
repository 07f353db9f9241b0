// a snapshot is spent by going back to it
>> {"jsonrpc":"2.0","id":1,"method":"evm_snapshot","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"$snapshot:quantity"}
>> {"jsonrpc":"2.0","id":1,"method":"evm_revert","params":["$snapshot"]}
<< {"jsonrpc":"2.0","id":1,"result":true}
>> {"jsonrpc":"2.0","id":1,"method":"evm_revert","params":["$snapshot"]}
<< {"jsonrpc":"2.0","id":1,"result":false}
