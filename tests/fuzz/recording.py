"""A chain that remembers its blocks, so that a failure can be told as a list of calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from isomargin.chain import Block, Chain, Transaction

__all__ = ["Disagreement", "MinedBlock", "RecordedChain"]


class MinedBlock(NamedTuple):
    """What was asked of the chain: unix seconds, and the transactions in their order."""

    timestamp: int
    transactions: tuple[Transaction, ...]


class RecordedChain(Chain):
    """A chain that keeps every block since `forget`; a revert takes them back."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[MinedBlock] = []
        self._lengths: dict[int, int] = {}  # snapshot -> blocks then

    def mine(  # type: ignore[override]  # nothing comes here signed, nor with a base fee
        self, transactions: Sequence[Transaction] = (), *, timestamp: int | None = None
    ) -> Block:
        block = super().mine(transactions, timestamp=timestamp)
        self.blocks.append(MinedBlock(block.timestamp, tuple(transactions)))
        return block

    def forget(self) -> None:
        """Begin the record here."""
        self.blocks.clear()

    def snapshot(self) -> int:
        taken = super().snapshot()
        self._lengths[taken] = len(self.blocks)
        return taken

    def revert(self, snapshot: int) -> None:
        super().revert(snapshot)
        del self.blocks[self._lengths[snapshot] :]


class Disagreement(AssertionError):
    """Something that must hold and does not.

    Attributes
    ----------
    evidence : tuple of str
        Lines of Python that fail on `system`, `chain`, `block` as a replay has them; may be empty.
    """

    def __init__(self, message: str, evidence: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.evidence = tuple(evidence)
