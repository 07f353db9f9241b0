// 19 bytes are no address
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendTransaction","params":[{"from":"0x586c2ef8c9530e0ad9f94796b437c8a7e1480b"}]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
