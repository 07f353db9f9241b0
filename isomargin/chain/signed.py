"""Transactions as wallets sign and send them, alike for every engine: written, read, and what they cost."""

from __future__ import annotations

from dataclasses import replace

from coincurve import PrivateKey, PublicKey
from eth_utils.crypto import keccak

from isomargin.chain.accounts import canonical_address, checksum_address
from isomargin.chain.decoding import opened
from isomargin.chain.encoding import sealed_transaction, signing_hash
from isomargin.chain.intrinsic import intrinsic_gas
from isomargin.chain.types import SignedTransaction, Transaction
from isomargin.errors import MalformedTransaction

__all__ = [
    "SignedTransaction",
    "decode_transaction",
    "impersonated_transaction",
    "intrinsic_gas",
    "sign_transaction",
]

_WORD = 2**256
_LONGEST = 131_072  # bytes that a node of the public network passes on
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1


def sign_transaction(
    transaction: Transaction,
    *,
    key: PrivateKey | bytes,
    nonce: int,
    chain_id: int,
    max_fee: int,
    max_priority_fee: int | None = None,
) -> SignedTransaction:
    """Sign for one chain; the transaction's own `gas_price` is not looked at.

    Parameters
    ----------
    key : PrivateKey or bytes
        The sender's.
    max_fee, max_priority_fee : int
        Wei per gas. Without the second, `max_fee` is the price of a legacy transaction (EIP-155), or of one
        with an access list (EIP-2930); with it, it becomes one of dynamic fee (EIP-1559).

    Raises
    ------
    MalformedTransaction
        If a number is below zero or too large.
    ChainError
        If an address is none.
    """
    secret = PrivateKey(key) if isinstance(key, bytes) else key
    unsigned = _unsigned(transaction, nonce, chain_id, max_fee, max_priority_fee)
    signature = secret.sign_recoverable(signing_hash(unsigned), hasher=None)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    return sealed_transaction(unsigned, signature[64], r, s)


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
    if len(raw) > _LONGEST:
        raise MalformedTransaction(f"oversized data: transaction size {len(raw)}, limit {_LONGEST}")
    unsigned, parity, r, s = opened(raw)
    if parity not in (0, 1) or not 0 < r < _ORDER or not 0 < s <= _ORDER // 2:
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
    sender = _recovered(signing_hash(unsigned), parity, r, s)
    made = sealed_transaction(replace(unsigned, sender=sender), parity, r, s)
    if made.raw != raw:
        raise MalformedTransaction("rlp: non-canonical encoding")
    return made


def impersonated_transaction(
    transaction: Transaction, *, nonce: int, chain_id: int, max_fee: int, max_priority_fee: int | None = None
) -> SignedTransaction:
    """Make a transaction of a sender whose key nobody has; parameters as in `sign_transaction`."""
    unsigned = _unsigned(transaction, nonce, chain_id, max_fee, max_priority_fee)
    seed = keccak(b"isomargin impersonates " + canonical_address(transaction.sender))
    stand_in = int.from_bytes(seed, "big") >> 2 | 1  # above zero and in the lower half of the curve's order
    return sealed_transaction(unsigned, 0, stand_in, stand_in, is_impersonated=True)


def _unsigned(
    transaction: Transaction, nonce: int, chain_id: int, max_fee: int, max_priority_fee: int | None
) -> SignedTransaction:
    """Lay the fields out as those of a transaction that lacks signature, bytes and hash."""
    least = min(transaction.value, transaction.gas, nonce, max_fee, max_priority_fee or 0)
    if least < 0 or max(transaction.value, transaction.gas, nonce, max_fee) >= _WORD:
        raise MalformedTransaction("value, gas, nonce or gas price below zero or above 256 bits")
    kind = 2 if max_priority_fee is not None else 1 if transaction.access_list else 0
    return SignedTransaction(
        hash=b"",
        raw=b"",
        kind=kind,
        sender=checksum_address(canonical_address(transaction.sender)),
        nonce=nonce,
        to=None if transaction.to is None else checksum_address(canonical_address(transaction.to)),
        data=transaction.data,
        value=transaction.value,
        gas=transaction.gas,
        max_fee=max_fee,
        max_priority_fee=max_fee if max_priority_fee is None else max_priority_fee,
        access_list=transaction.access_list,
        chain_id=chain_id,
        signature=(0, 0, 0),
    )


def _recovered(message: bytes, parity: int, r: int, s: int) -> str:
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((parity,))
    try:
        key = PublicKey.from_signature_and_message(signature, message, hasher=None)
    except Exception:  # coincurve raises a bare one where no point fits
        raise MalformedTransaction("invalid sender: recovery failed") from None
    return checksum_address(keccak(key.format(compressed=False)[1:])[12:])
