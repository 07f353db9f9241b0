// EIP-2: of the two signatures that fit, only the lower counts
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86e82053980843b9aca0085174876e800830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c001a0afe312293be573acbdaf7a7e995ada41b38c9a8b0fe66842d33ac172a57725f9a0eed108eb42cda8d45faa764ac9eb2a8428c0c8d06298935ea70ffb8445d0efec"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"$_:text"}}
