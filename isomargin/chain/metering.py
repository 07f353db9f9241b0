"""What transactions cost: the gas of each function that a process asks its chains for while metered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from isomargin.chain.abi import ContractAbi
    from isomargin.chain.chain import Chain
    from isomargin.chain.types import Block, SignedTransaction, Transaction

__all__ = ["CREATION", "GasMeter", "active_meter", "metering"]

CREATION = "(creation)"
"""Stands for the function where a contract is created."""

_DEFAULT = "(default)"  # call data that no function of the ABI begins


class GasMeter:
    """Collects the gas of transactions that succeed, by contract and function.

    A contract is known by the handle that a chain gave on it; the newest handle counts where a snapshot let
    another contract have the address. Calls between contracts count for the function that was asked for.

    Attributes
    ----------
    used : dict
        Gas of each transaction, by ``"Contract.function"``.
    silent : set of str
        Names of engines that were asked and count no gas.
    """

    def __init__(self) -> None:
        self.used: dict[str, list[int]] = {}
        self.silent: set[str] = set()
        self._contracts: WeakKeyDictionary[Chain, dict[str, tuple[str, ContractAbi]]] = WeakKeyDictionary()
        self._creations: dict[str, int] = {}
        self._pauses = 0

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Count nothing inside the block; contracts become known all the same."""
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1

    def note_contract(self, chain: Chain, address: str, name: str, abi: ContractAbi) -> None:
        """Learn what lives at an address; a creation that was just mined is counted for it."""
        self._contracts.setdefault(chain, {})[address] = (name, abi)
        gas = self._creations.pop(address, None)
        if gas is not None:
            self._count(f"{name}.{CREATION}", gas)

    def note_block(
        self, chain: Chain, transactions: Sequence[Transaction | SignedTransaction], block: Block
    ) -> None:
        """Count what a block's transactions used."""
        self._creations.clear()
        if self._pauses:
            return
        known = self._contracts.get(chain, {})
        for transaction, receipt in zip(transactions, block.receipts, strict=True):
            if receipt.gas_used is None:
                self.silent.add(chain.engine_name)
            elif receipt.success and receipt.contract_address is not None:
                self._creations[receipt.contract_address] = receipt.gas_used
            elif receipt.success and transaction.to in known:
                name, abi = known[transaction.to]
                self._count(f"{name}.{abi.function_name(transaction.data) or _DEFAULT}", receipt.gas_used)

    def _count(self, function: str, gas: int) -> None:
        self.used.setdefault(function, []).append(gas)


_active: list[GasMeter] = []


@contextmanager
def metering(meter: GasMeter) -> Iterator[GasMeter]:
    """Let a meter count what every chain of this process mines inside the block."""
    _active.append(meter)
    try:
        yield meter
    finally:
        _active.remove(meter)


def active_meter() -> GasMeter | None:
    """Return the innermost meter, if one runs."""
    return _active[-1] if _active else None
