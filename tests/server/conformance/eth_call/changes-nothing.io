// what it writes is forgotten
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0x6057361d0000000000000000000000000000000000000000000000000000000000000009","from":"0x110f0be7f59d016b56f6d94435655bdd156ad7cf"},"latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x6857140d0102a48c998debf647480a54b0f9dc81","data":"0xe582dd31"},"latest"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x000000000000000000000000000000000000000000000000000000000000002a"}
