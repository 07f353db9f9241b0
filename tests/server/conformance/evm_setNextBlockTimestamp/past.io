// time does not go back
>> {"jsonrpc":"2.0","id":1,"method":"evm_setNextBlockTimestamp","params":["0x1"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":"$_","message":"$_:text"}}
