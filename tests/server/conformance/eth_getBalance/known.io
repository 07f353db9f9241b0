// bob has alice's ether
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0xfe3841425a283f803dba5be1b7e6e63fc76f7553","latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xde0b6b3a7640000"}
