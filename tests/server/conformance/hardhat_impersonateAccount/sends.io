// as hardhat calls it; gas is paid by the account
>> {"jsonrpc":"2.0","id":902,"method":"anvil_setBalance","params":["0x586c2ef8c9530e0ad9f94796b437c8a7e1480bad","0x3635c9adc5dea00000"]}
<< {"jsonrpc":"2.0","id":902,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"hardhat_impersonateAccount","params":["0x586c2ef8c9530e0ad9f94796b437c8a7e1480bad"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendTransaction","params":[{"from":"0x586c2ef8c9530e0ad9f94796b437c8a7e1480bad","to":"0xfe3841425a283f803dba5be1b7e6e63fc76f7553","value":"0x1"}]}
<< {"jsonrpc":"2.0","id":1,"result":"$sent:hash"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["$sent"]}
<< {"jsonrpc":"2.0","id":1,"result":{"status":"0x1","from":"0x586c2ef8c9530e0ad9f94796b437c8a7e1480bad","...":"$_"}}
>> {"jsonrpc":"2.0","id":1,"method":"hardhat_stopImpersonatingAccount","params":["0x586c2ef8c9530e0ad9f94796b437c8a7e1480bad"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
