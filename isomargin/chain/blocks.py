"""The blocks of a chain: the newest whole, of older ones header and logs on disk, as many as are told to."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from isomargin.chain.archive import Archive
from isomargin.chain.types import Block, Log, Receipt

__all__ = ["Blocks"]

_HEADER = [one.name for one in fields(Block) if one.name not in ("number", "receipts", "transactions")]
_RECEIPT = [one.name for one in fields(Receipt) if one.name not in ("block_number", "logs")]
_LOG = [one.name for one in fields(Log) if one.name not in ("block_number", "transaction_index")]


class Blocks:
    """All blocks from genesis on, by number; a negative one counts from the end."""

    def __init__(self) -> None:
        self._archive = Archive()
        self._whole: list[Block] = []

    def __len__(self) -> int:
        return len(self._archive) + len(self._whole)

    def __iter__(self) -> Iterator[Block]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> Block:
        place = (number if number >= 0 else len(self) + number) - len(self._archive)
        if place >= 0:
            return self._whole[place]
        return _unpacked(place + len(self._archive), self._archive[place + len(self._archive)])

    @property
    def first_whole(self) -> int:
        """Number of the oldest block that has all its transactions and receipts."""
        return len(self._archive)

    def append(self, block: Block) -> None:
        """Add the next block."""
        self._whole.append(block)

    def since(self, height: int) -> list[Block]:
        """Return the blocks from a number on, of those that are whole."""
        return self._whole[max(0, height - len(self._archive)) :]

    def cut(self, height: int) -> None:
        """Forget the blocks from a number on; it is not below `first_whole`."""
        del self._whole[max(0, height - len(self._archive)) :]

    def prune(self, first: int) -> list[Block]:
        """Keep headers and receipts with logs alone of the blocks before a number; return what they were.

        Raises
        ------
        ChainError
            If the disk takes no more.
        """
        pruned = self._whole[: max(0, min(first, len(self)) - len(self._archive))]
        for block in pruned:
            self._archive.append(_packed(block))
            del self._whole[0]
        return pruned


def _cells(record: Any, names: list[str]) -> list[Any]:
    return [getattr(record, name) for name in names]


def _packed(block: Block) -> bytes:
    receipts = [
        (_cells(receipt, _RECEIPT), [_cells(log, _LOG) for log in receipt.logs])
        for receipt in block.receipts
        if receipt.logs
    ]
    return pickle.dumps((_cells(block, _HEADER), receipts), protocol=5)


def _unpacked(number: int, entry: bytes) -> Block:
    header, packed = pickle.loads(entry)  # of a file that nobody else sees
    receipts = []
    for cells, logs in packed:
        known = dict(zip(_RECEIPT, cells, strict=True))
        place = {"block_number": number, "transaction_index": known["transaction_index"]}
        shown = tuple(Log(**dict(zip(_LOG, log, strict=True)), **place) for log in logs)
        receipts.append(Receipt(**known, block_number=number, logs=shown))
    return Block(
        number=number,
        receipts=tuple(receipts),
        **{**dict(zip(_HEADER, header, strict=True)), "is_pruned": True},
    )
