// only what the topics let through
>> {"jsonrpc":"2.0","id":1,"method":"eth_newFilter","params":[{"topics":[null,"0x0000000000000000000000009edebcdca83bdbe423752b405215a1439d4220a6"]}]}
<< {"jsonrpc":"2.0","id":1,"result":"$filter:quantity"}
>> {"jsonrpc":"2.0","id":901,"method":"anvil_setNextBlockBaseFeePerGas","params":["0x3b9aca00"]}
<< {"jsonrpc":"2.0","id":901,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f89282053980843b9aca0085174876e800830186a0946857140d0102a48c998debf647480a54b0f9dc8180a46057361d0000000000000000000000000000000000000000000000000000000000000007c001a058f85de62c801b26156c411db41a38b8afe1f6334cc135f73594a79643479165a071338f58db8765e24fdb6ece146db1c1c12b6584f8ca248389bee3fa2fcaaf02"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xa107023dc2964334caf86e2acb7fbd790b58724f67ef383bacaf2efd3836f14b"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getFilterChanges","params":["$filter"]}
<< {"jsonrpc":"2.0","id":1,"result":[]}
>> {"jsonrpc":"2.0","id":1,"method":"eth_uninstallFilter","params":["$filter"]}
<< {"jsonrpc":"2.0","id":1,"result":true}
