// mines what waits and what comes, until it is told not to
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86e82053980843b9aca0085174876e800830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c080a0afe312293be573acbdaf7a7e995ada41b38c9a8b0fe66842d33ac172a57725f9a0112ef714bd32572ba05589b53614d57a91ee14164cb00cdd18c263088a655155"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xa9bb4356d4ba84ffefdf6d92b970b314db86ba51132b6b9acd39ec90eb9894ee"}
>> {"jsonrpc":"2.0","id":1,"method":"anvil_setAutomine","params":[true]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86e82053901843b9aca0085174876e800830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c001a07c13ebd3e2c1c37f8fe1595b081d153ae6700a93ac3f5f3af16be47145d339b6a07fc0e8d2f4d4584e7018c3c5a8c4e5cf4179fb8fa0990d25905ab257b47a9e41"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x0cb74bf06ce31bfa71e2bf4eabb80680e405eab2626700609c61924d713cee13"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0x0cb74bf06ce31bfa71e2bf4eabb80680e405eab2626700609c61924d713cee13"]}
<< {"jsonrpc":"2.0","id":1,"result":{"status":"0x1","...":"$_"}}
>> {"jsonrpc":"2.0","id":1,"method":"anvil_setAutomine","params":[false]}
<< {"jsonrpc":"2.0","id":1,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionCount","params":["0x78f2b0645a59a34911a397e8175933ec7545ecab","latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x2"}
