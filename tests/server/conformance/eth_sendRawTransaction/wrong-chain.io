// signed for chain 1
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86c0180843b9aca0085174876e800830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c080a03c3bf599670db5f0a14275a6b200e0ae173dfaa4410305d43a248d91ba82915ea06f002a7cfe754fe1ecfd3932bb222974a9434c68f6540302295a53aebc031ac3"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"$_:text"}}
