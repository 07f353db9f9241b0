// 19 bytes are no address
>> {"jsonrpc":"2.0","id":1,"method":"anvil_setBalance","params":["0x3367e459324291efa46804ffe67644c4bbe456","0x1"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$_:text"}}
