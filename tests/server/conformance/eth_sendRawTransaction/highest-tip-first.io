// the order of a block
>> {"jsonrpc":"2.0","id":901,"method":"anvil_setNextBlockBaseFeePerGas","params":["0x3b9aca00"]}
<< {"jsonrpc":"2.0","id":901,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86e82053980843b9aca0085174876e800830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c080a0afe312293be573acbdaf7a7e995ada41b38c9a8b0fe66842d33ac172a57725f9a0112ef714bd32572ba05589b53614d57a91ee14164cb00cdd18c263088a655155"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xa9bb4356d4ba84ffefdf6d92b970b314db86ba51132b6b9acd39ec90eb9894ee"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86f82053980850218711a0085174876e800830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c001a0ec4bc04f12f823dad44fd858d1560a8fd5394dd6c98a5081c812c6028a15fbe1a0209d3f99862ad36e8c3dcbfe36e6405328c73fdb7dbfa22723346ce8201f68e6"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x275d821508efdbc4add94aad481155b9dcb9ec39cef0f8d8dd23341ca5bc2105"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"transactions":["0x275d821508efdbc4add94aad481155b9dcb9ec39cef0f8d8dd23341ca5bc2105","0xa9bb4356d4ba84ffefdf6d92b970b314db86ba51132b6b9acd39ec90eb9894ee"],"...":"$_"}}
