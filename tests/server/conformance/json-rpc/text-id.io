// an id comes back as it was sent
>> {"jsonrpc":"2.0","id":"a b","method":"eth_chainId","params":[]}
<< {"jsonrpc":"2.0","id":"a b","result":"0x539"}
