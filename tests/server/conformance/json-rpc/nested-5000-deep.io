// 5,000 lists in each other: refused in whatever words, and the server goes on
// repeat: @ 5000 [
// repeat: # 5000 ]
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[@#]}
<< {"jsonrpc":"2.0","id":"$_","error":{"code":"$_","message":"$_:text"}}
>> {"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"0x539"}
