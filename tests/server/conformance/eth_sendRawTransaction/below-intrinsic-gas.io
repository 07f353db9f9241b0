// 20,000 are not 21,000
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86d82053980843b9aca0085174876e800824e2094fe3841425a283f803dba5be1b7e6e63fc76f75530180c001a016b550fbce288b9dfdf713af5a1e2d981f38ed762e76f02847162c8bb5c69f8ca0495a4e2d159ba98d8bb63f6378cecbd725db1db26d4d18dfc50832b9321b1c9d"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"intrinsic gas too low$_"}}
