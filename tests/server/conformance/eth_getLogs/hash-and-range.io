// either a hash or a range
>> {"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"blockHash":"$acted_hash","fromBlock":"0x0"}]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
