// frank has nothing
>> {"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02f86e82053980843b9aca0085174876e800830186a094fe3841425a283f803dba5be1b7e6e63fc76f75530180c080a0c9186734e15bfbb58c9330caad43eaa418fb5657973117cd563df61664811a09a06fdc2786b1ca77a6cca8478b0e0dbe2efebf8f36fc3f2865b39efb91b148f404"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"insufficient funds for gas * price + value$_"}}
