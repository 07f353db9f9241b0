// base fees of two blocks and of the next, how full they were, the tips at three points of each
>> {"jsonrpc":"2.0","id":1,"method":"eth_feeHistory","params":["0x2","$acted_in",[0,50,100]]}
<< {"jsonrpc":"2.0","id":1,"result":{"oldestBlock":"$deployed_in","baseFeePerGas":["0x3b9aca00","0x3b9aca00","$_:quantity"],"gasUsedRatio":["$_","$_"],"reward":[["0x3b9aca00","0x3b9aca00","0x3b9aca00"],["0x3b9aca00","$_:quantity","0x46c7cfe00"]],"...":"$_"}}
