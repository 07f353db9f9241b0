"""What an engine says that cannot look underneath a transaction."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NoReturn

from isomargin.chain.call_trace import CallFrame
from isomargin.chain.types import Transaction, TransactionTrace
from isomargin.errors import ChainError

__all__ = ["Untraced"]


class Untraced(ABC):
    """The part of `isomargin.chain.engine.Engine` that is about traces, all refused."""

    keeps_traces = False

    @property
    @abstractmethod
    def machine(self) -> tuple[str, str]:
        """Name and version of what executes."""

    def trace(self) -> None:
        """Refuse."""
        self._refuse("keeps no traces")

    def transaction_trace(self, transaction_hash: bytes) -> TransactionTrace | None:
        """Return None: there are no traces."""
        return None

    def call_trace(self, transaction_hash: bytes) -> CallFrame | None:
        """Refuse."""
        self._refuse("records no calls")

    def rehearsed_trace(self, transaction: Transaction, gas: int, timestamp: int) -> CallFrame:
        """Refuse."""
        self._refuse("records no calls")

    def _refuse(self, what: str) -> NoReturn:
        raise ChainError(f"engine {self.machine[0]} {what}, engine py-evm does")
