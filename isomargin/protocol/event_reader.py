"""From logs to events of a system: what a receipt holds is decoded once, however many ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from isomargin.chain import Contract, Event, Log

__all__ = ["EventReader", "ProtocolEvent"]

_RECEIPTS_KEPT = 1_024


@dataclass(frozen=True, slots=True)
class ProtocolEvent:
    """An event and the part of the system that logged it, by its name in `System.contracts`."""

    contract: str
    event: Event


class EventReader:
    """Decodes what some contracts wrote.

    Parameters
    ----------
    contracts : mapping of str to Contract
        By the names that events shall bear.
    """

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._by_address = {contract.address: (name, contract) for name, contract in contracts.items()}
        self._kept: dict[int, tuple[object, list[ProtocolEvent]]] = {}

    def read(self, logs: Iterable[Log]) -> list[ProtocolEvent]:
        """Return the events in their order; logs of other contracts are left out."""
        if not isinstance(logs, tuple):  # only the logs of a receipt stay what they are
            return self._decode(logs)
        known, events = self._kept.get(id(logs), (None, []))
        if known is not logs:
            if len(self._kept) >= _RECEIPTS_KEPT:
                self._kept.clear()
            events = self._decode(logs)
            self._kept[id(logs)] = logs, events  # keeping the logs keeps their id from reuse
        return list(events)

    def _decode(self, logs: Iterable[Log]) -> list[ProtocolEvent]:
        decoded = []
        for log in logs:
            if log.address in self._by_address:
                name, contract = self._by_address[log.address]
                decoded += [ProtocolEvent(name, event) for event in contract.events((log,))]
        return decoded
