// another name of evm_increaseTime
>> {"jsonrpc":"2.0","id":1,"method":"evm_setNextBlockTimestamp","params":["0xf0000000"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"anvil_increaseTime","params":["0x10"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"evm_setNextBlockTimestamp","params":["0xf000000f"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":"$_","message":"$_:text"}}
