// a limit that is too low for it
>> {"jsonrpc":"2.0","id":1,"method":"eth_estimateGas","params":[{"from":"0x110f0be7f59d016b56f6d94435655bdd156ad7cf","to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0xf0acd7d5","gas":"0x186a0"}]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"gas required exceeds allowance (100000)"}}
