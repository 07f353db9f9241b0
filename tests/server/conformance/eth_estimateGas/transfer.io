// 21,000, to the unit
>> {"jsonrpc":"2.0","id":1,"method":"eth_estimateGas","params":[{"from":"0x110f0be7f59d016b56f6d94435655bdd156ad7cf","to":"0xfe3841425a283f803dba5be1b7e6e63fc76f7553","value":"0x1"}]}
<< {"jsonrpc":"2.0","id":1,"result":"0x5208"}
