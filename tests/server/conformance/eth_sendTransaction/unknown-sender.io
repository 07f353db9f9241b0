// nobody has this key here
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendTransaction","params":[{"from":"0x0000000000000000000000000000000000c0ffee","to":"0xfe3841425a283f803dba5be1b7e6e63fc76f7553","value":"0x1"}]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"$_:text"}}
