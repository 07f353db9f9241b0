// pays its price whatever the base fee
>> {"jsonrpc":"2.0","id":901,"method":"anvil_setNextBlockBaseFeePerGas","params":["0x3b9aca00"]}
<< {"jsonrpc":"2.0","id":901,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0xf8668084b2d05e00830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180820a96a00cd22da9a712547dd736f06337e520285363d657545086df932f0f88e5c3ae7aa0414a69e3e2944b3f3b0999711d59ec6a5df051b53d62bf7d00bfd43ce680bfed"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x3856afc1c9936b3ba6b9a6df873d4a781d899a23eecf85ae3d8105063cd8d201"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0x3856afc1c9936b3ba6b9a6df873d4a781d899a23eecf85ae3d8105063cd8d201"]}
<< {"jsonrpc":"2.0","id":1,"result":{"transactionHash":"0x3856afc1c9936b3ba6b9a6df873d4a781d899a23eecf85ae3d8105063cd8d201","status":"0x1","effectiveGasPrice":"0xb2d05e00","...":"$_"}}
