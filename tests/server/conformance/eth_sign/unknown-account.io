// nobody has this key here
>> {"jsonrpc":"2.0","id":1,"method":"eth_sign","params":["0x0000000000000000000000000000000000c0ffee","0x68656c6c6f"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"$_:text"}}
