"""Bytes that came as a transaction, taken apart; any bytes may come, and what is none is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from isomargin.chain.accounts import checksum_address
from isomargin.chain.rlp_reading import Item, read_item
from isomargin.chain.types import AccessList, SignedTransaction
from isomargin.errors import MalformedTransaction

__all__ = ["Envelope", "opened"]

_LIST = 0xC0  # the least first byte of a list, which a legacy transaction is
_KINDS = {0: ("LegacyTx", 9), 1: ("AccessListTx", 11), 2: ("DynamicFeeTx", 12)}
_EIP_155 = 35  # the least v that names a chain


class Envelope(NamedTuple):
    """What was in the bytes: fields without sender, bytes and hash, and the numbers of the signature."""

    unsigned: SignedTransaction
    parity: int
    r: int
    s: int


def opened(raw: bytes) -> Envelope:
    """Take the bytes apart; neither the signature nor what the numbers mean is looked at.

    Raises
    ------
    MalformedTransaction
        If they are no transaction of a known type.
    """
    kind = raw[0] if raw and raw[0] < _LIST else 0
    if not raw or (kind and len(raw) == 1):
        raise MalformedTransaction("typed transaction too short")
    if kind not in _KINDS or raw[0] == 0:
        raise MalformedTransaction("transaction type not supported")
    *content, v, r, s = _fields(raw[1:] if kind else raw, kind)
    numbers = _number(v, 256), _number(r, 256), _number(s, 256)
    if kind:
        return Envelope(_typed(kind, content), *numbers)
    unsigned, parity = _legacy(content, numbers[0])
    return Envelope(unsigned, parity, *numbers[1:])


def _fields(encoded: bytes, kind: int) -> list[Item]:
    fields = read_item(encoded)
    name, count = _KINDS[kind]
    if isinstance(fields, bytes):
        raise MalformedTransaction(f"rlp: expected input list for types.{name}")
    if len(fields) != count:
        amount = "few" if len(fields) < count else "many"
        raise MalformedTransaction(f"rlp: too {amount} elements for types.{name}")
    return fields


def _legacy(content: Sequence[Any], v: int) -> tuple[SignedTransaction, int]:
    """Read the fields, and what v says about chain and signature."""
    chain_id, parity = (None, v - 27) if v < _EIP_155 else divmod(v - _EIP_155, 2)
    price = _number(content[1], 256)
    return _unsigned(0, chain_id, content[0], (price, price), content[2:6], ()), parity


def _typed(kind: int, content: Sequence[Any]) -> SignedTransaction:
    chain_id, nonce, *rest, accesses = content
    prices = [_number(price, 256) for price in rest[:kind]]
    fees = (prices[-1], prices[0])
    return _unsigned(kind, _number(chain_id, 256), nonce, fees, rest[kind:], _access_list(accesses))


def _unsigned(
    kind: int,
    chain_id: int | None,
    nonce: Any,
    fees: tuple[int, int],
    rest: Sequence[Any],
    accesses: AccessList,
) -> SignedTransaction:
    gas, to, value, data = rest
    _require_string(to)
    _require_string(data)
    if len(to) not in (0, 20):
        raise MalformedTransaction("rlp: input string has the wrong length for common.Address")
    return SignedTransaction(
        hash=b"",
        raw=b"",
        kind=kind,
        sender="",
        nonce=_number(nonce, 64),
        to=checksum_address(to) if to else None,
        data=bytes(data),
        value=_number(value, 256),
        gas=_number(gas, 64),
        max_fee=fees[0],
        max_priority_fee=fees[1],
        access_list=accesses,
        chain_id=chain_id,
        signature=(0, 0, 0),
    )


def _access_list(entries: Any) -> AccessList:
    if isinstance(entries, bytes):
        raise MalformedTransaction("rlp: expected input list for types.AccessList")
    return tuple(_access(entry) for entry in entries)


def _access(entry: Any) -> tuple[str, tuple[int, ...]]:
    if isinstance(entry, bytes) or len(entry) != 2 or isinstance(entry[1], bytes):
        raise MalformedTransaction("rlp: expected input list for types.AccessTuple")
    address, slots = entry
    if not isinstance(address, bytes) or len(address) != 20:
        raise MalformedTransaction("rlp: input string has the wrong length for common.Address")
    if not all(isinstance(slot, bytes) and len(slot) == 32 for slot in slots):
        raise MalformedTransaction("rlp: input string has the wrong length for common.Hash")
    return checksum_address(address), tuple(int.from_bytes(slot, "big") for slot in slots)


def _number(content: Any, bits: int) -> int:
    _require_string(content)
    if content[:1] == b"\0":
        raise MalformedTransaction("rlp: non-canonical integer (leading zero bytes)")
    if len(content) * 8 > bits:
        raise MalformedTransaction(f"rlp: input string too long for uint{bits}")
    return int.from_bytes(content, "big")


def _require_string(content: Any) -> None:
    if not isinstance(content, bytes):
        raise MalformedTransaction("rlp: expected input string or byte")
