// less than that is read
// repeat: @ 2097152 00
>> {"jsonrpc":"2.0","id":1,"method":"web3_sha3","params":["0x@"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x64777baf93291779c8daa2e318b1b3db4f5c6004b87aeac7aacf0a751bda11fe"}
