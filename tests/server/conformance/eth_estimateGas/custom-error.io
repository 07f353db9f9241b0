// the bytes of the contract's own error
>> {"jsonrpc":"2.0","id":1,"method":"eth_estimateGas","params":[{"from":"0x110f0be7f59d016b56f6d94435655bdd156ad7cf","to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0x6f8bacde"}]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted","data":"0x590a51510000000000000000000000000000000000000000000000000000000000000007"}}
