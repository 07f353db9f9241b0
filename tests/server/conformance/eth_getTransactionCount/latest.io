// five were mined
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionCount","params":["0x110f0be7f59d016b56f6d94435655bdd156ad7cf","latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x5"}
