// nobody gives what he has not
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0x159090bd","value":"0xde0b6b3a7640000","from":"0xa2d6b774c89d466b650c925e672bef7431c3b154"},"latest"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"$_:text"}}
