"""Fields of transactions as the bytes that travel, and as the hash that is signed: RLP, written by hand.

The rlp library takes several times as long, and a run signs every transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

import sha3  # type: ignore[import-untyped]  # a fifth of the time of eth_utils' keccak

from isomargin.chain.accounts import canonical_address
from isomargin.chain.types import SignedTransaction

__all__ = ["sealed_transaction", "signing_hash"]


def signing_hash(unsigned: SignedTransaction) -> bytes:
    """Return the hash that the sender signs; signature, bytes and hash of the record are not looked at."""
    content = _content(unsigned)
    if unsigned.kind:
        return _keccak(bytes((unsigned.kind,)) + _listed(content))
    if unsigned.chain_id is None:
        return _keccak(_listed(content))
    return _keccak(_listed(content + _number(unsigned.chain_id) + b"\x80\x80"))


def sealed_transaction(
    unsigned: SignedTransaction, parity: int, r: int, s: int, *, is_impersonated: bool = False
) -> SignedTransaction:
    """Put the signature to the fields, and give the record its bytes and its hash."""
    v = parity
    if not unsigned.kind:
        v += 27 if unsigned.chain_id is None else 35 + 2 * unsigned.chain_id
    body = _listed(_content(unsigned) + _number(v) + _number(r) + _number(s))
    raw = bytes((unsigned.kind,)) + body if unsigned.kind else body
    return SignedTransaction(
        _keccak(raw),
        raw,
        unsigned.kind,
        unsigned.sender,
        unsigned.nonce,
        unsigned.to,
        unsigned.data,
        unsigned.value,
        unsigned.gas,
        unsigned.max_fee,
        unsigned.max_priority_fee,
        unsigned.access_list,
        unsigned.chain_id,
        (v, r, s),
        is_impersonated,
    )


def _content(unsigned: SignedTransaction) -> bytes:
    """Encode the fields before the signature, each in RLP."""
    prices = [unsigned.max_fee]
    if unsigned.kind == 2:
        prices.insert(0, unsigned.max_priority_fee)
    to = unsigned.to
    fields = [
        _number(unsigned.nonce),
        *map(_number, prices),
        _number(unsigned.gas),
        b"\x80" if to is None else b"\x94" + canonical_address(to),
        _number(unsigned.value),
        _string(unsigned.data),
    ]
    if unsigned.kind:
        fields.insert(0, _number(unsigned.chain_id or 0))
        fields.append(_listed(b"".join(map(_access, unsigned.access_list))))
    return b"".join(fields)


def _access(entry: tuple[str, Sequence[int]]) -> bytes:
    address, slots = entry
    words = b"".join(b"\xa0" + slot.to_bytes(32, "big") for slot in slots)
    return _listed(b"\x94" + canonical_address(address) + _listed(words))


def _number(number: int) -> bytes:
    return _string(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _string(content: bytes) -> bytes:
    if len(content) == 1 and content[0] < 0x80:
        return content
    return _prefixed(content, 0x80)


def _listed(content: bytes) -> bytes:
    return _prefixed(content, 0xC0)


def _prefixed(content: bytes, base: int) -> bytes:
    size = len(content)
    if size < 56:
        return bytes((base + size,)) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((base + 55 + len(digits),)) + digits + content


def _keccak(data: bytes) -> bytes:
    digest: bytes = sha3.keccak_256(data).digest()
    return digest
