"""Where things stand in the chain as it is now: blocks and transactions by hash, logs by block."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from isomargin.chain import Block, Log
from isomargin.chain.ledger import topics_match

__all__ = ["BlockHistory", "matches"]

_Topics = Sequence[bytes | Sequence[bytes] | None]


@dataclass(frozen=True, slots=True)
class _Entry:
    hash: bytes
    transactions: tuple[bytes, ...]
    logs: tuple[Log, ...]
    addresses: frozenset[str]


class BlockHistory:
    """An index of blocks, from the genesis block to the newest.

    Of blocks that are forgotten it knows by which number they go, and who may have logged in them: 16 bytes
    each. Their logs it reads from the chain.

    Parameters
    ----------
    block : callable
        Reads a block by its number, be it pruned.
    """

    def __init__(self, block: Callable[[int], Block]) -> None:
        self._block = block
        self._entries: deque[_Entry] = deque()
        self._numbers: dict[bytes, int] = {}
        self._places: dict[bytes, tuple[int, int]] = {}
        self._old_hashes = array("Q")  # the first eight bytes of each
        self._old_loggers = array("Q")  # a bit for each address, as `_bits` says

    def append(self, block: Block) -> None:
        """Enter the next block."""
        number = len(self._old_hashes) + len(self._entries)
        hashes = tuple(receipt.transaction_hash for receipt in block.receipts)
        logs = tuple(log for receipt in block.receipts for log in receipt.logs)
        self._entries.append(_Entry(block.hash, hashes, logs, frozenset(log.address for log in logs)))
        self._numbers[block.hash] = number
        self._places.update((one, (number, index)) for index, one in enumerate(hashes))

    def cut(self, last: int) -> None:
        """Forget the blocks after `last`, which is not a forgotten one."""
        while len(self._old_hashes) + len(self._entries) > last + 1:
            self._drop(self._entries.pop())

    def forget(self, first: int) -> None:
        """Forget transactions and logs of the blocks before `first`."""
        while len(self._old_hashes) < first and self._entries:
            entry = self._entries.popleft()
            self._drop(entry)
            self._old_hashes.append(_beginning(entry.hash))
            self._old_loggers.append(_bits(entry.addresses))

    def _drop(self, entry: _Entry) -> None:
        del self._numbers[entry.hash]
        for one in entry.transactions:
            del self._places[one]

    def number_of(self, block_hash: bytes) -> int | None:
        """Return the number of a block."""
        number = self._numbers.get(block_hash)
        return self._old_number_of(block_hash) if number is None else number

    def _old_number_of(self, block_hash: bytes) -> int | None:
        try:
            number = self._old_hashes.index(_beginning(block_hash))
        except ValueError:
            return None
        return number if self._block(number).hash == block_hash else None

    def place_of(self, transaction_hash: bytes) -> tuple[int, int] | None:
        """Return block number and index of a transaction, unless it is forgotten."""
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
        old = len(self._old_hashes)
        found = list(self._old_logs(range(max(first, 0), min(last + 1, old)), wanted))
        for place in range(max(first - old, 0), min(last + 1 - old, len(self._entries))):
            entry = self._entries[place]
            if not wanted or not wanted.isdisjoint(entry.addresses):
                found += entry.logs
        return [log for log in found if matches(log, wanted, topics)]

    def _old_logs(self, numbers: Iterable[int], wanted: frozenset[str]) -> Iterator[Log]:
        bits = _bits(wanted) if wanted else (1 << 64) - 1
        for number in numbers:
            if self._old_loggers[number] & bits:
                for receipt in self._block(number).receipts:
                    yield from receipt.logs


def matches(log: Log, addresses: frozenset[str], topics: _Topics) -> bool:
    """Say whether a log is among those that somebody asks for; see `BlockHistory.logs`."""
    return (not addresses or log.address in addresses) and topics_match(log.topics, topics)


def _beginning(block_hash: bytes) -> int:
    return int.from_bytes(block_hash[:8], "big")


def _bits(addresses: Iterable[str]) -> int:
    """A bit of 64 for each address, by its last digits."""
    bits = 0
    for address in addresses:
        bits |= 1 << (int(address[-2:], 16) & 63)
    return bits
