// alice's next is 5
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86e82053980843b9aca0085174876e800830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530780c001a02b10db1cbc0398ffd5ab5e71237f1ad0107da8a8702082528769ed7f607e3b5aa06c814b06acfb0dbd2e38463302a1bd1d993d2894b412174b94c7f95722b56a89"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"nonce too low$_"}}
