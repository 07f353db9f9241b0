"""Anvil on this machine: our node engine in blocks, and web3 one by one as most people drive it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from coincurve import PrivateKey
from web3 import HTTPProvider, Web3

from benchmarks.other_process import Missing
from benchmarks.sides import ChainSide, Measured, chain_side, timed
from benchmarks.workload import BLOCK_GAS_LIMIT, Workload
from isomargin.chain import Chain, private_key_of
from isomargin.chain.signed import sign_transaction
from tests.chain.anvil import DEFAULT_GENESIS, Anvil, running_anvil

__all__ = ["OneByOneSide", "anvil", "node_side"]

_GAS_PRICE = 10**10
_POLL = 0.001  # seconds; with web3's own 0.1 the receipts that are not there at once would cost far more


@contextmanager
def anvil(*, gas_limit: int = BLOCK_GAS_LIMIT, timestamp: int = DEFAULT_GENESIS.timestamp) -> Iterator[Anvil]:
    """Run an anvil whose blocks have this gas, and whose genesis block this time.

    Raises
    ------
    Missing
        If there is none.
    """
    with ExitStack() as stack:
        genesis = replace(DEFAULT_GENESIS, gas_limit=gas_limit, timestamp=timestamp)
        try:
            running = stack.enter_context(running_anvil(genesis))
        except pytest.skip.Exception as error:  # what the tests do without one
            raise Missing(f"not installed: {error}") from None
        yield running


def node_side(node: Anvil, workload: Workload) -> ChainSide:
    """Our engine on it: a block a segment."""
    return chain_side(node.url, workload)


class OneByOneSide:
    """web3 on it: sign, send, wait for the receipt, next; anvil mines each at once."""

    def __init__(self, node: Anvil, workload: Workload) -> None:
        chain: Chain = chain_side(node.url, workload).chain
        names = {chain.account(name): name for name in workload.accounts}
        self._keys = {address: PrivateKey(private_key_of(name)) for address, name in names.items()}
        self._nonces = {address: chain.nonce(address) for address in names}
        self._chain_id = chain.chain_id
        self._segments = workload.segments
        node.ask("evm_setAutomine", True)
        node.ask("anvil_setBlockTimestampInterval", 1)  # a price has to be newer than the last
        self._eth: Any = Web3(HTTPProvider(node.url)).eth

    def play(self, number: int) -> Measured:
        """Send a segment."""
        return timed(lambda: [self._send(each) for each in self._segments[number]])

    def _send(self, transaction: Any) -> bool:
        sender = transaction.sender
        signed = sign_transaction(
            transaction,
            key=self._keys[sender],
            nonce=self._nonces[sender],
            max_fee=_GAS_PRICE,
            chain_id=self._chain_id,
        )
        self._nonces[sender] += 1
        sent = self._eth.send_raw_transaction(signed.raw)
        status: int = self._eth.wait_for_transaction_receipt(sent, poll_latency=_POLL)["status"]
        return status == 1
