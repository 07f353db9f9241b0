// the transactions themselves, by sender and nonce
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86e82053980843b9aca0085174876e800830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c080a0afe312293be573acbdaf7a7e995ada41b38c9a8b0fe66842d33ac172a57725f9a0112ef714bd32572ba05589b53614d57a91ee14164cb00cdd18c263088a655155"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xa9bb4356d4ba84ffefdf6d92b970b314db86ba51132b6b9acd39ec90eb9894ee"}
>> {"jsonrpc":"2.0","id":1,"method":"txpool_content","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":{"pending":{"0x78F2b0645a59A34911a397e8175933eC7545eCab":{"0":{"hash":"0xa9bb4356d4ba84ffefdf6d92b970b314db86ba51132b6b9acd39ec90eb9894ee","blockHash":null,"nonce":"0x0","...":"$_"}}},"queued":{}}}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
