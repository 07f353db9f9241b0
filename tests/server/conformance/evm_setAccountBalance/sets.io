// as ganache calls it
>> {"jsonrpc":"2.0","id":1,"method":"evm_setAccountBalance","params":["0x3367e459324291efa46804ffe67644c4bbe45677","0x123456789"]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x3367e459324291efa46804ffe67644c4bbe45677","latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x123456789"}
