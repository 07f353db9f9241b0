// one failure does not spoil the others
>> [{"jsonrpc":"2.0","id":1,"method":"eth_newMoon","params":[]},{"jsonrpc":"2.0","id":2,"method":"eth_chainId","params":[]},1,{"jsonrpc":"2.0","id":3,"method":"eth_getBalance","params":[]}]
<< [{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"$_:text"}},{"jsonrpc":"2.0","id":2,"result":"0x539"},{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"$_:text"}},{"jsonrpc":"2.0","id":3,"error":{"code":-32602,"message":"$_:text"}}]
