// 31 bytes are no topic
>> {"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"topics":["0x57b5bc58e84f246a27bda0afd72c9648d1ee3b3ad3419b8c543d89c3912bc0"]}]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
