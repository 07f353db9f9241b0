// what reverts is mined nevertheless
>> {"jsonrpc":"2.0","id":901,"method":"anvil_setNextBlockBaseFeePerGas","params":["0x3b9aca00"]}
<< {"jsonrpc":"2.0","id":901,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f87282053980843b9aca0085174876e800830186a0946857140d0102a48c998debf647480a54b0f9dc8180846f5e5abfc001a078091ed2a44a19d9366d2096f9d9acb01b242b7035e41b8304d80a6806299c74a0202bf92d4886ea9efc612250290212e707b7a9dbde68283f2a6bb6e76db79625"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x547eefd3358afad523c40254e143c0993fba1be7cb88352befa014436a321087"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0x547eefd3358afad523c40254e143c0993fba1be7cb88352befa014436a321087"]}
<< {"jsonrpc":"2.0","id":1,"result":{"transactionHash":"0x547eefd3358afad523c40254e143c0993fba1be7cb88352befa014436a321087","status":"0x0","...":"$_"}}
