// a transaction with the estimated limit succeeds
>> {"jsonrpc":"2.0","id":1,"method":"anvil_impersonateAccount","params":["0x78f2b0645a59a34911a397e8175933ec7545ecab"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_estimateGas","params":[{"from":"0x78f2b0645a59a34911a397e8175933ec7545ecab","to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0x6057361d0000000000000000000000000000000000000000000000000000000000000005"}]}
<< {"jsonrpc":"2.0","id":1,"result":"$gas:quantity"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendTransaction","params":[{"from":"0x78f2b0645a59a34911a397e8175933ec7545ecab","to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0x6057361d0000000000000000000000000000000000000000000000000000000000000005","gas":"$gas"}]}
<< {"jsonrpc":"2.0","id":1,"result":"$sent:hash"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["$sent"]}
<< {"jsonrpc":"2.0","id":1,"result":{"status":"0x1","...":"$_"}}
>> {"jsonrpc":"2.0","id":1,"method":"anvil_stopImpersonatingAccount","params":["0x78f2b0645a59a34911a397e8175933ec7545ecab"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
