"""Filters that clients poll: each gathers what is new since its last poll, blocks taken back included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from isomargin.chain.types import Block, Log, SignedTransaction
from isomargin.server.history import matches
from isomargin.server.rpc.quantities import data_json
from isomargin.server.rpc.refusals import SERVER_ERROR, RpcError
from isomargin.server.rpc.rendering import log_json

__all__ = ["IDLE_SECONDS", "Filters", "LogQuery", "logs_of_block", "removed_logs"]

IDLE_SECONDS = 300.0
"""A filter that nobody polls for so long is forgotten, as geth does."""

_MOST_FILTERS = 1_000
_MOST_CHANGES = 100_000  # of one filter between two polls

_Topics = Sequence[bytes | Sequence[bytes] | None]


@dataclass(frozen=True)
class LogQuery:
    """Which logs somebody wants.

    Attributes
    ----------
    addresses : frozenset of str
        Checksummed; none means all.
    topics : sequence
        By position: a topic, several to choose from, or None for any.
    first, last : int or None
        Numbers of blocks; None does not bound.
    """

    addresses: frozenset[str] = frozenset()
    topics: _Topics = ()
    first: int | None = None
    last: int | None = None

    def matches(self, log: Log) -> bool:
        """Say whether it wants this log."""
        return matches(log, self.addresses, self.topics)

    def covers(self, block: Block) -> bool:
        """Say whether the block is within its bounds."""
        return (self.first is None or self.first <= block.number) and (
            self.last is None or block.number <= self.last
        )


def logs_of_block(block: Block, query: LogQuery, *, removed: bool = False) -> list[dict[str, Any]]:
    """Return the logs of a block that a query wants, as JSON."""
    if not query.covers(block):
        return []
    return [
        log_json(log, block, removed=removed)
        for receipt in block.receipts
        for log in receipt.logs
        if query.matches(log)
    ]


def removed_logs(blocks: Sequence[Block], query: LogQuery) -> list[dict[str, Any]]:
    """Return the logs that a query wants of blocks which left the chain, in the order given."""
    return [log for block in blocks for log in logs_of_block(block, query, removed=True)]


@dataclass
class _Filter:
    kind: str  # "logs", "blocks" or "pending"
    query: LogQuery
    polled: float
    changes: list[Any] = field(default_factory=list)


class Filters:
    """All filters of a node; it listens to the node and asks it nothing.

    Parameters
    ----------
    now : callable
        Seconds by any clock that only rises; it decides which filters are idle.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._filters: dict[str, _Filter] = {}
        self._created = 0

    def __len__(self) -> int:
        return len(self._filters)

    # Clients

    def add_logs(self, query: LogQuery) -> str:
        """Gather logs from now on, and return the filter's name."""
        return self._add("logs", query)

    def add_blocks(self) -> str:
        """Gather hashes of blocks."""
        return self._add("blocks", LogQuery())

    def add_pending(self) -> str:
        """Gather hashes of transactions that come into the pool."""
        return self._add("pending", LogQuery())

    def changes(self, name: str) -> list[Any]:
        """Return what came since the last poll.

        Raises
        ------
        RpcError
            If there is no such filter, or no longer.
        """
        one = self._find(name)
        found, one.changes = one.changes, []
        return found

    def query(self, name: str) -> LogQuery:
        """Return what a filter of logs asks for.

        Raises
        ------
        RpcError
            If there is no such filter of logs.
        """
        one = self._find(name)
        if one.kind != "logs":
            raise RpcError(SERVER_ERROR, "filter not found")
        return one.query

    def remove(self, name: str) -> bool:
        """Forget a filter; false if there is none."""
        self._forget_idle()
        return self._filters.pop(name, None) is not None

    def _add(self, kind: str, query: LogQuery) -> str:
        self._forget_idle()
        if len(self._filters) >= _MOST_FILTERS:
            raise RpcError(SERVER_ERROR, f"too many filters: {_MOST_FILTERS} are in use")
        self._created += 1
        name = hex(self._created)
        self._filters[name] = _Filter(kind, query, self._now())
        return name

    def _find(self, name: str) -> _Filter:
        self._forget_idle()
        one = self._filters.get(name)
        if one is None:
            raise RpcError(SERVER_ERROR, "filter not found")
        one.polled = self._now()
        return one

    def _forget_idle(self) -> None:
        oldest = self._now() - IDLE_SECONDS
        for name in [name for name, one in self._filters.items() if one.polled < oldest]:
            del self._filters[name]

    # The node

    def on_block(self, block: Block) -> None:
        """Gather from a new block."""
        self._gather("blocks", lambda _: [data_json(block.hash)])
        self._gather("logs", lambda query: logs_of_block(block, query))

    def on_removed(self, blocks: Sequence[Block]) -> None:
        """Gather the logs of blocks that left the chain, as removed ones."""
        self._gather("logs", lambda query: removed_logs(blocks, query))

    def on_pending(self, transaction: SignedTransaction) -> None:
        """Gather from a transaction that came into the pool."""
        self._gather("pending", lambda _: [data_json(transaction.hash)])

    def _gather(self, kind: str, news: Callable[[LogQuery], list[Any]]) -> None:
        if not self._filters:
            return
        self._forget_idle()
        for name, one in list(self._filters.items()):
            if one.kind == kind:
                one.changes += news(one.query)
                if len(one.changes) > _MOST_CHANGES:  # polled too seldom for what happens: as good as idle
                    del self._filters[name]
