"""Bytes that a wallet sent as a transaction; any bytes may come, and what is no transaction is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import rlp
from coincurve import PublicKey
from eth_utils.crypto import keccak
from rlp.exceptions import RLPException

from isomargin.chain.accounts import checksum_address
from isomargin.chain.signed import sealed_transaction, signing_hash
from isomargin.chain.types import AccessList, SignedTransaction
from isomargin.errors import MalformedTransaction

__all__ = ["decode_transaction"]

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1
_LIST = 0xC0  # the least first byte of a list, which a legacy transaction is
_NAMES = ("LegacyTx", "AccessListTx", "DynamicFeeTx")
_FIELDS = (9, 11, 12)


def decode_transaction(raw: bytes, chain_id: int) -> SignedTransaction:
    """Read a signed transaction and find out who sent it.

    Parameters
    ----------
    raw : bytes
        As ``eth_sendRawTransaction`` takes it.
    chain_id : int
        The chain that it has to be signed for, unless it is of the kind that is good for any.

    Raises
    ------
    MalformedTransaction
        If it is none, of a type that is not known here, signed for another chain, or not signed at all.
    """
    if not raw:
        raise MalformedTransaction("typed transaction too short")
    kind = 0 if raw[0] >= _LIST else raw[0]
    if kind > 2 or (kind == 0 and raw[0] < _LIST):
        raise MalformedTransaction("transaction type not supported")
    if kind and len(raw) == 1:
        raise MalformedTransaction("typed transaction too short")
    fields = _fields(raw[1:] if kind else raw, kind)
    *content, v, r, s = fields
    signature = (_number(v, 256), _number(r, 256), _number(s, 256))
    unsigned, parity = _legacy(content, signature[0]) if kind == 0 else (_typed(kind, content), signature[0])
    if parity not in (0, 1) or not 0 < signature[1] < _ORDER or not 0 < signature[2] <= _ORDER // 2:
        raise MalformedTransaction("invalid transaction v, r, s values")
    if unsigned.chain_id not in (None, chain_id):
        raise MalformedTransaction(
            f"invalid sender: invalid chain id for signer: have {unsigned.chain_id} want {chain_id}"
        )
    if unsigned.max_priority_fee > unsigned.max_fee:
        raise MalformedTransaction(
            "max priority fee per gas higher than max fee per gas: "
            f"maxPriorityFeePerGas: {unsigned.max_priority_fee}, maxFeePerGas: {unsigned.max_fee}"
        )
    sender = _sender(signing_hash(unsigned), parity, *signature[1:])
    made = sealed_transaction(replace(unsigned, sender=sender), parity, *signature[1:])
    if made.raw != raw:
        raise MalformedTransaction("rlp: non-canonical encoding")
    return made


def _fields(encoded: bytes, kind: int) -> Sequence[Any]:
    try:
        fields = rlp.decode(encoded)
    except RLPException as error:
        raise MalformedTransaction(f"rlp: {str(error).lower()}") from None
    except (RecursionError, ValueError, OverflowError, IndexError):
        raise MalformedTransaction("rlp: not decodable") from None
    name = _NAMES[kind]
    if isinstance(fields, bytes):
        raise MalformedTransaction(f"rlp: expected input list for types.{name}")
    if len(fields) != _FIELDS[kind]:
        amount = "few" if len(fields) < _FIELDS[kind] else "many"
        raise MalformedTransaction(f"rlp: too {amount} elements for types.{name}")
    return list(fields)


def _legacy(content: Sequence[Any], v: int) -> tuple[SignedTransaction, int]:
    """Read the fields, and what v says about chain and signature."""
    chain_id, parity = (None, v - 27) if v < 35 else ((v - 35) // 2, (v - 35) % 2)
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


def _sender(message: bytes, parity: int, r: int, s: int) -> str:
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((parity,))
    try:
        key = PublicKey.from_signature_and_message(signature, message, hasher=None)
    except Exception:  # coincurve raises a bare one where no point fits
        raise MalformedTransaction("invalid sender: recovery failed") from None
    return checksum_address(keccak(key.format(compressed=False)[1:])[12:])
