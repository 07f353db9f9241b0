// no block has room for it
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86f82053980843b9aca0084773594008502540be40094fe3841425a283f803dba5be1b7e6e63fc76f75530180c001a0312a469cb00269eec008c65ee73000e7134a439501590733ff38e75493dc60eea010dabe9e3b540a16666ad54df4dc52818eef9949cb4f597556e8e9188d372c7b"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"exceeds block gas limit$_"}}
