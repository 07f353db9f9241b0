// more than there is
>> {"jsonrpc":"2.0","id":1,"method":"eth_estimateGas","params":[{"from":"0xa2d6b774c89d466b650c925e672bef7431c3b154","to":"0xfe3841425a283f803dba5be1b7e6e63fc76f7553","value":"0x1"}]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"insufficient funds for$_"}}
