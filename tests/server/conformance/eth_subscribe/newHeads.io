// each new block, once
// websocket
>> {"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}
<< {"jsonrpc":"2.0","id":1,"result":"$sub:quantity"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
<< {"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"$sub","result":{"parentHash":"$acted_hash","number":"$_:quantity","hash":"$head:hash","timestamp":"$_:quantity","baseFeePerGas":"$_:quantity","...":"$_"}}}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"hash":"$head","...":"$_"}}
>> {"jsonrpc":"2.0","id":1,"method":"eth_unsubscribe","params":["$sub"]}
<< {"jsonrpc":"2.0","id":1,"result":true}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
