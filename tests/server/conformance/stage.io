// Prepares a chain for every case: people with money, the contract of Sample.vy, a block with a transaction of each kind.
// The keys are keccak-256 of corpus-alice, corpus-bob and so on; alice is 0x110f0be7f59d016b56f6d94435655bdd156ad7cf.
// alice, carol, dave and erin have 1,000 ether each
>> {"jsonrpc":"2.0","id":902,"method":"anvil_setBalance","params":["0x110f0be7f59d016b56f6d94435655bdd156ad7cf","0x3635c9adc5dea00000"]}
<< {"jsonrpc":"2.0","id":902,"result":"$_"}
>> {"jsonrpc":"2.0","id":902,"method":"anvil_setBalance","params":["0x78f2b0645a59a34911a397e8175933ec7545ecab","0x3635c9adc5dea00000"]}
<< {"jsonrpc":"2.0","id":902,"result":"$_"}
>> {"jsonrpc":"2.0","id":902,"method":"anvil_setBalance","params":["0x9edebcdca83bdbe423752b405215a1439d4220a6","0x3635c9adc5dea00000"]}
<< {"jsonrpc":"2.0","id":902,"result":"$_"}
>> {"jsonrpc":"2.0","id":902,"method":"anvil_setBalance","params":["0x586c2ef8c9530e0ad9f94796b437c8a7e1480bad","0x3635c9adc5dea00000"]}
<< {"jsonrpc":"2.0","id":902,"result":"$_"}
// alice's transaction 0 creates the contract
>> {"jsonrpc":"2.0","id":901,"method":"anvil_setNextBlockBaseFeePerGas","params":["0x3b9aca00"]}
<< {"jsonrpc":"2.0","id":901,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f902ce82053980843b9aca0085174876e800830f42408080b9027261022b6100116100003961022b610000f35f3560e01c60026009820660011b61021901601e395f51565b636057361d811861006357602436103417610215575f54337f57b5bc58e84f246a27bda0afd72c9648d1ee3b3ad3419b8c543d89c3912bc02b60043560405260206040a36004355f55005b636f8bacde811861021157346102155763590a5151604452600460076064526020016040526040805160208201fd5b63159090bd811861009f57005b63fc9c8d3981186100b95734610215573360405260206040f35b63b55ea4f5811861021157346102155760208060a052600a6040527f73616d706c653a206e6f0000000000000000000000000000000000000000000060605260408160a001602a82825e8051806020830101601f825f03163682375050601f19601f8251602001011690509050810190506308c379a060805280600401609cfd5b638381f58a81186101545734610215574360405260206040f35b63af5f51b28118610211573461021557634e487b71604452600460116064526020016040526040805160208201fd5b636f5e5abf811861019f5734610215575f60205f604052604001fd5b63f0acd7d581186102115734610215575f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff905b806040525f54600181018181106102155790505f556001018181186101d3575050005b63e582dd3181186102115734610215575f5460405260206040f35b5f5ffd5b5f80fd0211013a01f60092021100180183021102118558203de8004320614f36dd8277d5da3718b0a11dd6898b5c35a990f53006d008617219022b811200a1657679706572830004030036c080a0ee323fe59a027f354e7810afe338fb4843782c2a812ab0ac5e5aa182d773fe3ca0547f4a79ac918e37ad642ff99d2f8a9c1b589d10e1364ff1070cac35773ed8aa"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xc958fc9f5431370584e658c6084baaff30fba05ff248ed9b09090d2ae342a950"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0xc958fc9f5431370584e658c6084baaff30fba05ff248ed9b09090d2ae342a950"]}
<< {"jsonrpc":"2.0","id":1,"result":{"blockHash":"$deployed_hash:hash","blockNumber":"$deployed_in:quantity","status":"0x1","contractAddress":"0x6857140d0102a48c998debf647480a54b0f9dc81","...":"$_"}}
// 1: stores 42 (dynamic fee)
>> {"jsonrpc":"2.0","id":901,"method":"anvil_setNextBlockBaseFeePerGas","params":["0x3b9aca00"]}
<< {"jsonrpc":"2.0","id":901,"result":"$_"}
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f89282053901843b9aca0085174876e800830186a0946857140d0102a48c998debf647480a54b0f9dc8180a46057361d000000000000000000000000000000000000000000000000000000000000002ac080a02a04bba497f108b9ac0f133794a2446044cc585798d56b4f71a8849bfaaef2f4a0472a7549c07fb54fc2aedf94b358bcec34345713d2787c3445df6d70acdb2a81"]}
<< {"jsonrpc":"2.0","id":1,"result":"0x9bfb5124ad504062ee95d52cff3caa70eeb048044afc67195f1fa24921fbae5c"}
// 2: gives bob an ether (legacy)
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0xf86e028504a817c80082520894fe3841425a283f803dba5be1b7e6e63fc76f7553880de0b6b3a764000080820a96a0a226de445aa8695b348fd92ab6cc5938c18ade412cccb14a113f20754ef7af6fa057cd46e75320c6656526f5f73884bf74f5305a70db5d312adb97420f18a298bb"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xb6906be38a9b6cf28b19ab560d094d7d9e58ab95f3e602af8127c00e0a712793"}
// 3: pays the contract 5 wei (access list)
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x01f8a6820539038504a817c800830186a0946857140d0102a48c998debf647480a54b0f9dc810584159090bdf838f7946857140d0102a48c998debf647480a54b0f9dc81e1a0000000000000000000000000000000000000000000000000000000000000000001a0a44751fe6680f73fe658b154484f58111869eff639b73179d2633caff498d468a04d7e15e52f84642e38aab6855a9cf64b8feced805909ab1ca12228f527f3ce5b"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xf8d0c34c09f9e78a901c0cf0f1d6b772cfb52076d192c9038f840d9ced2914e8"}
// 4: fails with a reason
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f87282053904843b9aca0085174876e800830186a0946857140d0102a48c998debf647480a54b0f9dc818084b55ea4f5c001a04152ff3425cba2180dd1e084b2c1463fcb837a37a96c9dc082d5b4fedcb09a47a06267eb84f7952e3c94f1b829fc52669537b3438ed0f666abc912f5b578aabb1c"]}
<< {"jsonrpc":"2.0","id":1,"result":"0xcc16ae2455ce60c4fe5c654e36b0b6bedbebebad29bfe7a2ba976546c28b6c58"}
>> {"jsonrpc":"2.0","id":900,"method":"evm_mine","params":[]}
<< {"jsonrpc":"2.0","id":900,"result":"0x0"}
// the block of 1 to 4 is what cases look at
>> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}
<< {"jsonrpc":"2.0","id":1,"result":{"number":"$acted_in:quantity","hash":"$acted_hash:hash","parentHash":"$deployed_hash","timestamp":"$acted_at:quantity","transactions":["0x9bfb5124ad504062ee95d52cff3caa70eeb048044afc67195f1fa24921fbae5c","0xb6906be38a9b6cf28b19ab560d094d7d9e58ab95f3e602af8127c00e0a712793","0xf8d0c34c09f9e78a901c0cf0f1d6b772cfb52076d192c9038f840d9ced2914e8","0xcc16ae2455ce60c4fe5c654e36b0b6bedbebebad29bfe7a2ba976546c28b6c58"],"...":"$_"}}
