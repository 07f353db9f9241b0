// and never more than it says
>> {"jsonrpc":"2.0","id":901,"method":"anvil_setNextBlockBaseFeePerGas","params":["0x3b9aca00"]}
<< {"jsonrpc":"2.0","id":901,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f8698205398064843b9aca05830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c080a0804a08f6d4eed5a121818cfbd01ea808eb3a7c6ff273a35032d5274246e0e6faa02ef5e7e8a02c27388ea50350c6c2d2756abecaeb545de26760b68f36b84e0314"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x8a84ddcb265caf43730674b3510cc63e6c72fe180a74fd90f085a5c15087eae2"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0x8a84ddcb265caf43730674b3510cc63e6c72fe180a74fd90f085a5c15087eae2"]}
<< {"jsonrpc":"2.0","id":1,"result":{"transactionHash":"0x8a84ddcb265caf43730674b3510cc63e6c72fe180a74fd90f085a5c15087eae2","status":"0x1","effectiveGasPrice":"0x3b9aca05","...":"$_"}}
