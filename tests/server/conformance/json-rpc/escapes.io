// text is what it says and not how it is written
>> {"jsonrpc":"2.0","id":1,"method":"eth_\u0063hainId","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":"0x539"}
