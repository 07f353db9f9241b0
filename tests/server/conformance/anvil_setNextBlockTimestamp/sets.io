// another name of evm_setNextBlockTimestamp
>> {"jsonrpc":"2.0","id":1,"method":"anvil_setNextBlockTimestamp","params":["0xf0000000"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"timestamp":"0xf0000000","...":"$_"}}
