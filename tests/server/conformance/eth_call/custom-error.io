// an error of the contract's own has no reason to show
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0x6f8bacde"},"latest"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted","data":"0x590a51510000000000000000000000000000000000000000000000000000000000000007"}}
