// namespaces and their versions
>> {"jsonrpc":"2.0","id":1,"method":"rpc_modules","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":{"eth":"1.0","net":"1.0","web3":"1.0","...":"$_"}}
