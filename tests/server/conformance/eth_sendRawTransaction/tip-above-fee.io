// the tip is part of the fee
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86d8205398084b2d05e008477359400830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c080a0fba34b737ab4ca6125469260771e7c2ab23728707a8facfba9da43649303083aa068617548f5035d0e0aea85c07e30892c136917baabee1922a5eb75472f3afb93"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"max priority fee per gas higher than max fee per gas$_"}}
