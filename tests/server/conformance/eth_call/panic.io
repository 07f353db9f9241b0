// Panic(0x11) has a known meaning
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0xaf5f51b2"},"latest"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted: arithmetic underflow or overflow","data":"0x4e487b710000000000000000000000000000000000000000000000000000000000000011"}}
