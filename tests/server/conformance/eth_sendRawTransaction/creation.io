// a contract
>> {"jsonrpc":"2.0","id":901,"method":"anvil_setNextBlockBaseFeePerGas","params":["0x3b9aca00"]}
<< {"jsonrpc":"2.0","id":901,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86482053980843b9aca0085174876e800830186a080808a600160005260206000f3c080a0291ba87efc5c2028bd047e32af119e0ed9826601024d70ccf61d481fbcc41252a06339baf7eeff92973b49e84de668bf72a3b05cc96b866e3250582f25f2dde9eb"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xfb27ea660b7783dc43f586d0b422ce72c0964fe9e8e4d05f228e69be40285dd7"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0xfb27ea660b7783dc43f586d0b422ce72c0964fe9e8e4d05f228e69be40285dd7"]}
<< {"jsonrpc":"2.0","id":1,"result":{"transactionHash":"0xfb27ea660b7783dc43f586d0b422ce72c0964fe9e8e4d05f228e69be40285dd7","status":"0x1","to":null,"contractAddress":"$_:address","...":"$_"}}
