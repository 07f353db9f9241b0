"""Where things stand in the chain as it is now: blocks and transactions by hash, logs by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isomargin.chain import Block, Log
from isomargin.chain.ledger import topics_match

__all__ = ["BlockHistory", "matches"]

_Topics = Sequence[bytes | Sequence[bytes] | None]


@dataclass(frozen=True, slots=True)
class _Logs:
    logs: tuple[Log, ...]
    addresses: frozenset[str]


class BlockHistory:
    """An index of blocks, from the genesis block to the newest."""

    def __init__(self) -> None:
        self._hashes: list[bytes] = []
        self._numbers: dict[bytes, int] = {}
        self._places: dict[bytes, tuple[int, int]] = {}
        self._transactions: list[tuple[bytes, ...]] = []
        self._logs: list[_Logs] = []

    def append(self, block: Block) -> None:
        """Enter the next block."""
        self._numbers[block.hash] = len(self._hashes)
        self._hashes.append(block.hash)
        hashes = tuple(receipt.transaction_hash for receipt in block.receipts)
        self._places.update((one, (block.number, index)) for index, one in enumerate(hashes))
        self._transactions.append(hashes)
        logs = tuple(log for receipt in block.receipts for log in receipt.logs)
        self._logs.append(_Logs(logs, frozenset(log.address for log in logs)))

    def cut(self, last: int) -> None:
        """Forget the blocks after `last`."""
        for block_hash in self._hashes[last + 1 :]:
            del self._numbers[block_hash]
        for hashes in self._transactions[last + 1 :]:
            for one in hashes:
                del self._places[one]
        del self._hashes[last + 1 :], self._transactions[last + 1 :], self._logs[last + 1 :]

    def number_of(self, block_hash: bytes) -> int | None:
        """Return the number of a block."""
        return self._numbers.get(block_hash)

    def place_of(self, transaction_hash: bytes) -> tuple[int, int] | None:
        """Return block number and index of a transaction."""
        return self._places.get(transaction_hash)

    def logs(
        self, *, first: int, last: int, addresses: Sequence[str] = (), topics: _Topics = ()
    ) -> list[Log]:
        """Return logs in the order of the chain.

        Parameters
        ----------
        first, last : int
            Blocks, both included; what is beyond the newest is left out.
        addresses : sequence of str
            Checksummed; any of them, or all there are if empty.
        topics : sequence
            What each topic must be, by position: a value, several to choose from, or None for any.
        """
        wanted = frozenset(addresses)
        return [
            log
            for entry in self._logs[max(first, 0) : last + 1]
            if not wanted or not wanted.isdisjoint(entry.addresses)
            for log in entry.logs
            if matches(log, wanted, topics)
        ]


def matches(log: Log, addresses: frozenset[str], topics: _Topics) -> bool:
    """Say whether a log is among those that somebody asks for; see `BlockHistory.logs`."""
    return (not addresses or log.address in addresses) and topics_match(log.topics, topics)
