"""Hex in and out, strict as the execution API: each parser says what it found and what is wrong with it."""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Callable, Mapping
from typing import Any

from isomargin.chain.accounts import checksum_address
from isomargin.server.rpc.refusals import Malformed

__all__ = [
    "TAGS",
    "BlockReference",
    "address_json",
    "block_reference",
    "data_json",
    "loose_integer",
    "parse_address",
    "parse_bool",
    "parse_data",
    "parse_hash",
    "parse_quantity",
    "parse_slot",
    "parse_text",
    "parse_word",
    "quantity_json",
    "quantity_of",
    "word_json",
]

BlockReference = int | str | bytes
"""A number, one of `TAGS`, or a hash."""

TAGS = frozenset(("latest", "pending", "earliest", "safe", "finalized"))

_QUANTITY = re.compile(r"0x(?:0|[1-9a-fA-F][0-9a-fA-F]*)", re.ASCII)
_HEX = re.compile(r"0x[0-9a-fA-F]*", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,78}", re.ASCII)
_HASH_LENGTH = 66  # characters
_SHOWN = 40  # characters of a wrong value that its message repeats


# Out

quantity_json = hex
"""Write a number as a quantity: no leading zeros, zero as 0x0."""


def data_json(value: bytes) -> str:
    """Write bytes."""
    return "0x" + value.hex()


def word_json(value: int) -> str:
    """Write a word of 32 bytes."""
    return f"0x{value:064x}"


def address_json(address: str | None) -> str | None:
    """Write an address as nodes do, in lower case."""
    return None if address is None else address.lower()


# In


def parse_quantity(value: Any) -> int:
    """Read a quantity of at most 256 bits.

    Raises
    ------
    Malformed
        If it is none: no text, no prefix, no digits, leading zeros, other characters, too large.
    """
    if not isinstance(value, str):
        raise Malformed(f"expected a hex quantity such as 0x1f, found {_shown(value)}")
    if not _QUANTITY.fullmatch(value):
        raise Malformed(f"{_shown(value)}: {_fault_of_quantity(value)}")
    if len(value) > 66:
        raise Malformed(f"{_shown(value)}: hex number > 256 bits")
    return int(value, 16)


def quantity_of(bits: int) -> Callable[[Any], int]:
    """Return a parser of quantities of at most so many bits."""

    def parse(value: Any) -> int:
        number = parse_quantity(value)
        if number >> bits:
            raise Malformed(f"{_shown(value)}: hex number > {bits} bits")
        return number

    return parse


def _fault_of_quantity(text: str) -> str:
    if not text.startswith("0x"):
        return "hex string without 0x prefix"
    if text == "0x":
        return "hex string has no digits, zero is 0x0"
    if _HEX.fullmatch(text):
        return "hex number with leading zero digits"
    return "invalid hex string"


def parse_data(value: Any) -> bytes:
    """Read bytes of any length.

    Raises
    ------
    Malformed
        If the text is not 0x and an even number of hex digits.
    """
    if not isinstance(value, str):
        raise Malformed(f"expected hex data such as 0x00ff, found {_shown(value)}")
    if not value.startswith("0x"):
        raise Malformed(f"{_shown(value)}: hex string without 0x prefix")
    try:
        return unhexlify(value[2:])
    except ValueError:
        fault = "hex string of odd length" if _HEX.fullmatch(value) else "invalid hex string"
        raise Malformed(f"{_shown(value)}: {fault}") from None


def _bytes_of(value: Any, length: int, kind: str) -> bytes:
    found = parse_data(value)
    if len(found) != length:
        raise Malformed(
            f"{_shown(value)}: hex string has length {2 * len(found)}, want {2 * length} for {kind}"
        )
    return found


def parse_address(value: Any) -> str:
    """Read an address in any case of letters and return it checksummed."""
    return checksum_address(_bytes_of(value, 20, "an address"))


def parse_hash(value: Any) -> bytes:
    """Read a hash of 32 bytes."""
    return _bytes_of(value, 32, "a hash")


def parse_word(value: Any) -> int:
    """Read a word of 32 bytes."""
    return int.from_bytes(_bytes_of(value, 32, "a word"), "big")


def parse_slot(value: Any) -> int:
    """Read a storage slot: a quantity or up to 32 bytes, because clients send either."""
    if not isinstance(value, str) or not _HEX.fullmatch(value) or not 3 <= len(value) <= 66:
        raise Malformed(f"{_shown(value)}: expected a storage slot, 0x and 1 to 64 hex digits")
    return int(value, 16)


def parse_bool(value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise Malformed(f"expected true or false, found {_shown(value)}")
    return value


def parse_text(value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise Malformed(f"expected text, found {_shown(value)}")
    return value


def loose_integer(value: Any) -> int:
    """Read a number as development tools send it: a JSON number, a quantity, or decimal text."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise Malformed(f"expected a number that is not negative, found {value}")
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return int(value)
    if isinstance(value, str) and _HEX.fullmatch(value) and 3 <= len(value) <= 66:
        return int(value, 16)
    raise Malformed(f"expected a number or a hex quantity, found {_shown(value)}")


def block_reference(value: Any) -> BlockReference:
    """Read a block: a number, a tag, a hash, or an object with blockHash or blockNumber (EIP-1898)."""
    if isinstance(value, str):
        if value in TAGS:
            return value
        return parse_hash(value) if len(value) == _HASH_LENGTH else _numbered(value)
    if isinstance(value, Mapping):
        return _block_of_object(value)
    raise Malformed(f"expected a block number, tag or object, found {_shown(value)}")


def _numbered(value: str) -> int:
    if not value.startswith("0x"):
        expected = ", ".join(sorted(TAGS))
        raise Malformed(f"{_shown(value)}: expected a hex block number or one of {expected}")
    return quantity_of(63)(value)


def _block_of_object(value: Mapping[str, Any]) -> BlockReference:
    number, hash_ = value.get("blockNumber"), value.get("blockHash")
    if (number is None) == (hash_ is None):
        raise Malformed("expected either blockHash or blockNumber in a block object")
    if value.get("requireCanonical") is not None:
        parse_bool(value["requireCanonical"])
    if hash_ is not None:
        return parse_hash(hash_)
    if not isinstance(number, str):
        raise Malformed(f"expected a hex quantity as blockNumber, found {_shown(number)}")
    return number if number in TAGS else _numbered(number)


def _shown(value: Any) -> str:
    """A wrong value in a message: whole if short, its kind if it is an object or a list."""
    match value:
        case Mapping():
            return "an object"
        case list():
            return "an array"
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            short = value if len(value) <= _SHOWN else value[:_SHOWN] + "..."
            return '"' + short.encode("unicode_escape").decode("ascii") + '"'
    return f"number {value}"
