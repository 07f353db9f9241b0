// neither does it take money unasked
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0xe582dd31","value":"0x1","from":"0x110f0be7f59d016b56f6d94435655bdd156ad7cf"},"latest"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted","data":"0x"}}
