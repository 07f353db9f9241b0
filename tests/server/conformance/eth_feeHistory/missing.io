// block count and block are required
>> {"jsonrpc":"2.0","id":1,"method":"eth_feeHistory","params":[]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
