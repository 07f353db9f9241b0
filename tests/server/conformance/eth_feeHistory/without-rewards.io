// no percentiles: no rewards
>> {"jsonrpc":"2.0","id":1,"method":"eth_feeHistory","params":["0x1","latest",[]]}
<< {"jsonrpc":"2.0","id":1,"result":{"oldestBlock":"$acted_in","baseFeePerGas":["0x3b9aca00","$_:quantity"],"gasUsedRatio":["$_"],"...":"$_"}}
