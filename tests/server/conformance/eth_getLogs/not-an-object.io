// the filter is an object
>> {"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":["latest"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
