// an address may be written in any case
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0xFE3841425A283F803DBA5BE1B7E6E63FC76F7553","latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xde0b6b3a7640000"}
