// a hash in the place of the number
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockReceipts","params":["$acted_hash"]}
<< {"jsonrpc":"2.0","id":1,"result":[{"transactionHash":"0x9bfb5124ad504062ee95d52cff3caa70eeb048044afc67195f1fa24921fbae5c","...":"$_"},{"transactionHash":"0xb6906be38a9b6cf28b19ab560d094d7d9e58ab95f3e602af8127c00e0a712793","...":"$_"},{"transactionHash":"0xf8d0c34c09f9e78a901c0cf0f1d6b772cfb52076d192c9038f840d9ced2914e8","...":"$_"},{"transactionHash":"0xcc16ae2455ce60c4fe5c654e36b0b6bedbebebad29bfe7a2ba976546c28b6c58","...":"$_"}]}
