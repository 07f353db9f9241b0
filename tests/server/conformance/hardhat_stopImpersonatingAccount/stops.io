// and nobody signs for it any more
>> {"jsonrpc":"2.0","id":1,"method":"hardhat_impersonateAccount","params":["0x586c2ef8c9530e0ad9f94796b437c8a7e1480bad"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"hardhat_stopImpersonatingAccount","params":["0x586c2ef8c9530e0ad9f94796b437c8a7e1480bad"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendTransaction","params":[{"from":"0x586c2ef8c9530e0ad9f94796b437c8a7e1480bad","to":"0xfe3841425a283f803dba5be1b7e6e63fc76f7553","value":"0x1"}]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":"$_","message":"$_:text"}}
