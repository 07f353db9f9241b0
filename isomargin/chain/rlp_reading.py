"""RLP read strictly and within bounds: what anybody may send must neither stop nor slow a chain.

The rlp library takes a second and a half for 128 KB of empty lists, and recurses as deep as they are nested.
"""

from __future__ import annotations

from isomargin.errors import MalformedTransaction

__all__ = ["Item", "read_item"]

Item = bytes | list["Item"]
"""A string, or a list of items."""

_DEEPEST = 4  # the fields, the access list, an entry, its slots
_SHORT = 55  # bytes whose number fits into the first byte


def read_item(data: bytes) -> Item:
    """Read one item and nothing behind it; the only encoding that it may have is the shortest.

    Raises
    ------
    MalformedTransaction
        If it is cut short, not the shortest, followed by more, or nested deeper than a transaction is.
    """
    is_list, start, end = _bounds(data, 0)
    if end > len(data):
        raise MalformedTransaction("rlp: value size exceeds available input length")
    if end < len(data):
        raise MalformedTransaction("rlp: input contains more than one value")
    return _items(data, start, end, _DEEPEST) if is_list else data[start:end]


def _items(data: bytes, position: int, end: int, depth: int) -> list[Item]:
    if not depth:
        raise MalformedTransaction("rlp: lists nested too deep")
    items: list[Item] = []
    while position < end:
        is_list, start, position = _bounds(data, position)
        if position > end:
            raise MalformedTransaction("rlp: element is larger than containing list")
        items.append(_items(data, start, position, depth - 1) if is_list else data[start:position])
    return items


def _bounds(data: bytes, position: int) -> tuple[bool, int, int]:
    """Return whether a list begins here, and where its content, or that of a string, begins and ends."""
    if position >= len(data):
        raise MalformedTransaction("rlp: value size exceeds available input length")
    first = data[position]
    if first < 0x80:
        return False, position, position + 1
    is_list = first >= 0xC0
    size = first - (0xC0 if is_list else 0x80)
    start = position + 1
    if size > _SHORT:
        digits = data[start : start + size - _SHORT]
        start += size - _SHORT
        size = int.from_bytes(digits, "big")
        if size <= _SHORT or digits[0] == 0:
            raise MalformedTransaction("rlp: non-canonical size information")
    elif size == 1 and not is_list and data[start : start + 1] < b"\x80":
        raise MalformedTransaction("rlp: non-canonical size information")
    return is_list, start, start + size
