"""py-evm itself: its own chain and its own `mine_all`, nothing of ours between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_keys.datatypes import PrivateKey
from eth_tester import PyEVMBackend

from benchmarks.sides import Measured, timed
from benchmarks.workload import BLOCK_GAS_LIMIT, Workload
from isomargin.chain import Transaction, address_of, private_key_of
from isomargin.errors import IsomarginError

__all__ = ["BarePyEvmSide"]

_ENDOWMENT = 10**27
_GAS_PRICE = 10**10
_INTERVAL = 12
_NOTHING: dict[str, Any] = {"nonce": 0, "code": b"", "storage": {}}


class BarePyEvmSide:
    """A block a segment, of transactions that were signed before the clock started."""

    def __init__(self, workload: Workload) -> None:
        keys = {address_of(name): PrivateKey(private_key_of(name)) for name in workload.accounts}
        people = {_octets(address): {**_NOTHING, "balance": _ENDOWMENT} for address in keys}
        genesis = PyEVMBackend.generate_genesis_params({"gas_limit": BLOCK_GAS_LIMIT, "timestamp": 1})
        self._chain: Any = PyEVMBackend(genesis_parameters=genesis, genesis_state=people).chain
        self._keys, self._nonces = keys, dict.fromkeys(keys, 0)
        for timestamp, block in workload.prelude:
            receipts = self._mine(self._signed([each for each, _ in block]), timestamp)
            if not all(receipts):
                raise IsomarginError(f"{workload.name}: the prelude went otherwise on bare py-evm")
        self._time = workload.prelude[-1][0]
        self._segments = [self._signed(segment) for segment in workload.segments]

    def play(self, number: int) -> Measured:
        """Mine a block."""
        self._time += _INTERVAL
        return timed(lambda: self._mine(self._segments[number], self._time))

    def _mine(self, signed: Sequence[Any], timestamp: int) -> list[bool]:
        chain = self._chain
        chain.header = chain.header.copy(timestamp=timestamp)
        _, receipts, _ = chain.mine_all(signed)
        return [receipt.state_root == b"\x01" for receipt in receipts]

    def _signed(self, transactions: Sequence[Transaction]) -> list[Any]:
        signed = []
        for transaction in transactions:
            sender = transaction.sender
            unsigned = self._chain.create_unsigned_transaction(
                nonce=self._nonces[sender],
                gas_price=_GAS_PRICE,
                gas=transaction.gas,
                to=_octets(transaction.to) if transaction.to else b"",
                value=0,
                data=transaction.data,
            )
            self._nonces[sender] += 1
            signed.append(unsigned.as_signed_transaction(self._keys[sender], chain_id=self._chain.chain_id))
        return signed


def _octets(address: str) -> bytes:
    return bytes.fromhex(address[2:])
