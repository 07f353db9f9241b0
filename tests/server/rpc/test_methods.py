"""The table of methods: what clients need is in it, and nothing that reaches beyond the chain."""

from __future__ import annotations

import pytest

from isomargin.server.rpc.methods import all_methods

NEEDED = {
    "eth": "accounts blockNumber call chainId coinbase estimateGas feeHistory gasPrice getBalance "
    "getBlockByHash getBlockByNumber getBlockReceipts getBlockTransactionCountByHash "
    "getBlockTransactionCountByNumber getCode getFilterChanges getFilterLogs getLogs "
    "getRawTransactionByHash getStorageAt getTransactionByBlockHashAndIndex "
    "getTransactionByBlockNumberAndIndex getTransactionByHash getTransactionCount "
    "getTransactionReceipt getUncleCountByBlockHash getUncleCountByBlockNumber hashrate "
    "maxPriorityFeePerGas mining newBlockFilter newFilter newPendingTransactionFilter "
    "sendRawTransaction sendTransaction sign subscribe syncing uninstallFilter unsubscribe",
    "net": "listening peerCount version",
    "web3": "clientVersion sha3",
    "txpool": "content inspect status",
    "evm": "increaseTime mine revert setAutomine setNextBlockTimestamp snapshot",
    "anvil": "dropTransaction getAutomine impersonateAccount mine setBalance setNextBlockBaseFeePerGas "
    "stopImpersonatingAccount",
    "hardhat": "dropTransaction getAutomine impersonateAccount mine setBalance setNextBlockBaseFeePerGas "
    "stopImpersonatingAccount",
    "isomargin": "health inject pushPrice status step",
}


@pytest.mark.parametrize("namespace", NEEDED)
def test_methods__of_a_namespace__are_all_there(namespace):
    missing = {f"{namespace}_{name}" for name in NEEDED[namespace].split()} - set(all_methods())
    assert not missing


def test_methods__all_of_them__belong_to_a_namespace_that_is_told():
    namespaces = {name.partition("_")[0] for name in all_methods()}
    assert namespaces == set(NEEDED) | {"personal", "rpc"}


def test_modules__are_the_namespaces_of_the_table(ground):
    assert set(ground.ask("rpc_modules")) == {name.partition("_")[0] for name in all_methods()}
