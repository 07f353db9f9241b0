// a revert with a reason: code 3, the reason in the message, the bytes in data
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0xb55ea4f5"},"latest"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted: sample: no","data":"0x08c379a00000000000000000000000000000000000000000000000000000000000000020000000000000000000000000000000000000000000000000000000000000000a73616d706c653a206e6f00000000000000000000000000000000000000000000"}}
