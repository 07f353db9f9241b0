// and not when they are not
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x6857140d0102a48c998debf647480a54b0f9dc81","input":"0xe582dd31","data":"0x159090bd"},"latest"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"$_:text"}}
