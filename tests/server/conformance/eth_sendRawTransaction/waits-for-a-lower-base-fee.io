// a fee below the base fee is no error: it waits
>> {"jsonrpc":"2.0","id":1,"method":"anvil_setNextBlockBaseFeePerGas","params":["0x77359400"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f8698205398001843b9aca00830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c080a00a72e77e8a451e7a6bcbe689cbc76400d3b16f0315f07794cc5e517b8a75e2c0a01ee11805eb3ef9b1f56b9923b7802ca762f7bf84d842d668138ebca2029d4fe9"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xc43f5d46b7c4a515794e3766d4cc0b9111cb6b3066becb736825fc88b9e2bff6"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0xc43f5d46b7c4a515794e3766d4cc0b9111cb6b3066becb736825fc88b9e2bff6"]}
<< {"jsonrpc":"2.0","id":1,"result":null}
>> {"jsonrpc":"2.0","id":901,"method":"anvil_setNextBlockBaseFeePerGas","params":["0x3b9aca00"]}
<< {"jsonrpc":"2.0","id":901,"result":"$_"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0xc43f5d46b7c4a515794e3766d4cc0b9111cb6b3066becb736825fc88b9e2bff6"]}
<< {"jsonrpc":"2.0","id":1,"result":{"status":"0x1","effectiveGasPrice":"0x3b9aca00","...":"$_"}}
