// who calls
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0xfc9c8d39","from":"0xfe3841425a283f803dba5be1b7e6e63fc76f7553"},"latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x000000000000000000000000fe3841425a283f803dba5be1b7e6e63fc76f7553"}
