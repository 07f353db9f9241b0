"""Counts what happened in a run so far: events by name, and transactions that were refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from isomargin.chain import Contract

if TYPE_CHECKING:
    from isomargin.simulation.world import MinedBlock

__all__ = ["Tally"]


@dataclass
class Tally:
    """The counts of one run.

    Parameters
    ----------
    beside : sequence of Contract
        Contracts beside the system whose events count as well.
    """

    beside: tuple[Contract, ...] = ()
    _events: list[tuple[int, str, frozenset[str]]] = field(default_factory=list)  # block, name, who is named
    _refusals: list[tuple[int, str]] = field(default_factory=list)  # block, sender

    def add(self, mined: MinedBlock) -> None:
        """Count a block."""
        number = mined.block.number
        for receipt, logged in zip(mined.block.receipts, mined.events, strict=True):
            if not receipt.success:
                self._refusals.append((number, receipt.sender))
            seen = [one.event for one in logged]
            for contract in self.beside:
                seen += contract.events(receipt.logs)
            self._events += [(number, event.name, _addresses(event.args.values())) for event in seen]

    def forget(self, height: int) -> None:
        """Forget what came after a block that is now the newest."""
        self._events = [one for one in self._events if one[0] <= height]
        self._refusals = [one for one in self._refusals if one[0] <= height]

    def events(self, name: str, account: str | None) -> int:
        """How many events of a name there were; with an account, of those that name it."""
        return sum(seen == name and (account is None or account in named) for _, seen, named in self._events)

    def refusals(self, account: str) -> int:
        """How many transactions of an account reverted."""
        return sum(sender == account for _, sender in self._refusals)


def _addresses(values: Iterable[Any]) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str) and value.startswith("0x"))
