// to is null, contractAddress is not
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0xc958fc9f5431370584e658c6084baaff30fba05ff248ed9b09090d2ae342a950"]}
<< {"jsonrpc":"2.0","id":1,"result":{"transactionHash":"0xc958fc9f5431370584e658c6084baaff30fba05ff248ed9b09090d2ae342a950","transactionIndex":"0x0","blockHash":"$deployed_hash","blockNumber":"$deployed_in","from":"0x110f0be7f59d016b56f6d94435655bdd156ad7cf","contractAddress":"0x6857140d0102a48c998debf647480a54b0f9dc81","logsBloom":"$_:bloom","to":null,"status":"0x1","type":"0x2","logs":[],"...":"$_"}}
