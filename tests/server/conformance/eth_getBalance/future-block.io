// a state that is not there yet
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0xfe3841425a283f803dba5be1b7e6e63fc76f7553","0xffffffff"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"$_:text"}}
