// no signature at all
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f84e82053980843b9aca0085174876e800830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c08080a0112ef714bd32572ba05589b53614d57a91ee14164cb00cdd18c263088a655155"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"$_:text"}}
