"""What can be tried on a chain: calls, rehearsals, estimates, traces; all are forgotten at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isomargin.chain.call_trace import CallFrame
from isomargin.chain.contract import View
from isomargin.chain.estimation import least_gas
from isomargin.chain.intrinsic import intrinsic_gas
from isomargin.chain.ledger import Ledger
from isomargin.chain.types import Rehearsal, SignedTransaction, Transaction
from isomargin.errors import ChainError

__all__ = ["BLOCK_INTERVAL", "Rehearsals"]

BLOCK_INTERVAL = 12
"""Seconds between blocks where nothing else is asked."""

_MARGIN = 50_000  # gas, on an engine whose figures depend on what is warm


class Rehearsals(Ledger):
    """The half of a `Chain` that leaves it as it is, and asks the engine to execute."""

    def call(self, transaction: Transaction, *, block: int | None = None, gas: int | None = None) -> bytes:
        """Execute on a state, in the time of its block, and forget. The sender needs neither key nor ether.

        Parameters
        ----------
        block : int, optional
            Number of the block; default is the head. Engine revm keeps the newest state only.
        gas : int, optional
            Gas limit, what a transaction pays at its beginning included; default is enough for any view.

        Raises
        ------
        TransactionReverted
            If the contract refuses.
        """
        if gas is not None:
            _require_intrinsic(transaction, gas)
        return self._engine.call(transaction, block=self._older(block), gas=gas)

    def read(self, views: Sequence[View]) -> list[Any]:
        """Ask several contracts at once on the head state; return what `Contract.call` would for each.

        On a node they travel together, some dozens at once, which costs a fraction of asking one by one.
        Where others mine meanwhile, later ones may be of a later state.

        Raises
        ------
        TransactionReverted
            If one of the contracts refuses.
        ChainError
            If nothing lives at one of the addresses.
        """
        returned = self._engine.calls([view.transaction for view in views])
        return [view.answer(data) for view, data in zip(views, returned, strict=True)]

    def rehearse(self, transaction: Transaction, gas: int, *, timestamp: int | None = None) -> Rehearsal:
        """Execute as a transaction of the block to come, gas and all, and forget.

        The sender needs no key, but must own the value; it is lent what the gas costs.

        Parameters
        ----------
        gas : int
            Gas limit; that of the transaction is not looked at.
        timestamp : int, optional
            Of the block to come; default as in `mine`.

        Raises
        ------
        ChainError
            If it could not begin.
        """
        self._require_begin(transaction, gas)
        return self._engine.rehearse(transaction, gas, self._next_time(timestamp))

    def estimate_gas(
        self, transaction: Transaction, *, cap: int | None = None, timestamp: int | None = None
    ) -> int:
        """Return the least gas limit with which the transaction would succeed in the block to come.

        On an engine that does not count gas it is a limit that suffices there.

        Parameters
        ----------
        cap : int, optional
            The most that it may be; default is the gas limit of a block.
        timestamp : int, optional
            As in `rehearse`.

        Raises
        ------
        TransactionReverted
            If it fails with any amount of gas.
        ChainError
            If `cap` is not enough, or it could not begin.
        """
        most = self.block_gas_limit if cap is None else min(cap, self.block_gas_limit)
        gas = least_gas(
            lambda limit: self.rehearse(transaction, limit, timestamp=timestamp),
            intrinsic_gas(transaction),
            most,
        )
        return gas if self.counts_gas else min(most, gas + gas // 2 + _MARGIN)

    def call_trace(
        self, transaction: bytes | SignedTransaction | Transaction, *, timestamp: int | None = None
    ) -> CallFrame:
        """Return what a transaction calls, frame within frame.

        One that was mined is executed again, in its place in its block; that costs nothing until it is
        asked for, and changes nothing. Any other is rehearsed, with its own gas limit.

        Parameters
        ----------
        transaction : bytes, SignedTransaction or Transaction
            The hash of a mined transaction, that transaction, or one to rehearse.
        timestamp : int, optional
            Of the block of a rehearsal, as in `rehearse`.

        Raises
        ------
        ChainError
            If the engine records no calls (see `isomargin.chain.history.replayed_trace`), no transaction
            with this hash is in the chain, or what is rehearsed could not begin.
        """
        if not self.keeps_traces:
            raise ChainError(f"engine {self.engine_name} records no calls, engine py-evm does")
        if isinstance(transaction, Transaction):
            self._require_begin(transaction, transaction.gas)
            time = self._next_time(timestamp)
            return self._engine.rehearsed_trace(transaction, transaction.gas, time)
        wanted = transaction if isinstance(transaction, bytes) else transaction.hash
        frame = self._engine.call_trace(wanted)
        if frame is None:
            raise ChainError(f"no transaction 0x{wanted.hex()} in the chain")
        return frame

    def _require_begin(self, transaction: Transaction, gas: int) -> None:
        _require_intrinsic(transaction, gas)
        if transaction.value and transaction.value > self._engine.balance(transaction.sender):
            raise ChainError(f"insufficient funds for transfer: address {transaction.sender}")

    def _next_time(self, timestamp: int | None) -> int:
        now = self.timestamp
        time = now + BLOCK_INTERVAL if timestamp is None else timestamp
        if time <= now:
            raise ChainError(f"block timestamp {time} is not above that of the head, {now}")
        return time


def _require_intrinsic(transaction: Transaction, gas: int) -> None:
    least = intrinsic_gas(transaction)
    if gas < least:
        raise ChainError(f"intrinsic gas too low: have {gas}, want {least}")
