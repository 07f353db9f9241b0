// the last of the block failed and is there
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionByBlockHashAndIndex","params":["$acted_hash","0x3"]}
<< {"jsonrpc":"2.0","id":1,"result":{"hash":"0xcc16ae2455ce60c4fe5c654e36b0b6bedbebebad29bfe7a2ba976546c28b6c58","...":"$_"}}
