// all that the filter lets through, as often as it is asked for
>> {"jsonrpc":"2.0","id":1,"method":"eth_newFilter","params":[{"fromBlock":"$acted_in","address":"0x6857140d0102a48c998debf647480a54b0f9dc81"}]}
<< {"jsonrpc":"2.0","id":1,"result":"$filter:quantity"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getFilterLogs","params":["$filter"]}
<< {"jsonrpc":"2.0","id":1,"result":[{"address":"0x6857140d0102a48c998debf647480a54b0f9dc81","topics":["0x57b5bc58e84f246a27bda0afd72c9648d1ee3b3ad3419b8c543d89c3912bc02b","0x000000000000000000000000110f0be7f59d016b56f6d94435655bdd156ad7cf","0x0000000000000000000000000000000000000000000000000000000000000000"],"data":"0x000000000000000000000000000000000000000000000000000000000000002a","blockNumber":"$acted_in","blockHash":"$acted_hash","transactionHash":"0x9bfb5124ad504062ee95d52cff3caa70eeb048044afc67195f1fa24921fbae5c","transactionIndex":"0x0","logIndex":"0x0","removed":false,"...":"$_"}]}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getFilterLogs","params":["$filter"]}
<< {"jsonrpc":"2.0","id":1,"result":[{"address":"0x6857140d0102a48c998debf647480a54b0f9dc81","topics":["0x57b5bc58e84f246a27bda0afd72c9648d1ee3b3ad3419b8c543d89c3912bc02b","0x000000000000000000000000110f0be7f59d016b56f6d94435655bdd156ad7cf","0x0000000000000000000000000000000000000000000000000000000000000000"],"data":"0x000000000000000000000000000000000000000000000000000000000000002a","blockNumber":"$acted_in","blockHash":"$acted_hash","transactionHash":"0x9bfb5124ad504062ee95d52cff3caa70eeb048044afc67195f1fa24921fbae5c","transactionIndex":"0x0","logIndex":"0x0","removed":false,"...":"$_"}]}
>> {"jsonrpc":"2.0","id":1,"method":"eth_uninstallFilter","params":["$filter"]}
<< {"jsonrpc":"2.0","id":1,"result":true}
