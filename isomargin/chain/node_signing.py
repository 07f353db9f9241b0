"""Transactions signed here with the keys of named accounts, so that a node sees what py-evm would see."""

from __future__ import annotations

from dataclasses import dataclass

import rlp
from coincurve import PrivateKey
from eth_utils.crypto import keccak

from isomargin.chain.accounts import canonical_address, created_address
from isomargin.chain.types import Transaction

__all__ = ["SignedTransaction", "sign"]


@dataclass(frozen=True)
class SignedTransaction:
    """What is sent to a node, and what is known of it before.

    Attributes
    ----------
    raw : bytes
        The signed transaction in RLP.
    hash : bytes
        Its hash.
    created : str or None
        Address of the contract that it creates.
    """

    raw: bytes
    hash: bytes
    created: str | None


def sign(
    transaction: Transaction, *, key: PrivateKey, nonce: int, gas_price: int, chain_id: int
) -> SignedTransaction:
    """Sign a transaction for one chain (EIP-155); `gas_price` in wei per gas."""
    fields = [
        _integer(nonce),
        _integer(gas_price),
        _integer(transaction.gas),
        b"" if transaction.to is None else canonical_address(transaction.to),
        _integer(transaction.value),
        transaction.data,
    ]
    unsigned = rlp.encode([*fields, _integer(chain_id), b"", b""])
    signature = key.sign_recoverable(keccak(unsigned), hasher=None)
    r, s, parity = signature[:32], signature[32:64], signature[64]
    raw = rlp.encode([*fields, _integer(35 + 2 * chain_id + parity), r.lstrip(b"\0"), s.lstrip(b"\0")])
    created = None
    if transaction.to is None:
        created = created_address(canonical_address(transaction.sender), nonce)
    return SignedTransaction(raw, keccak(raw), created)


def _integer(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
