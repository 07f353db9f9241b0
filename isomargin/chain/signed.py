"""Transactions signed as wallets sign them, alike for every engine: fields in, bytes and their hash out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import sha3  # type: ignore[import-untyped]  # a fifth of the time of eth_utils' keccak
from coincurve import PrivateKey

from isomargin.chain.accounts import canonical_address, checksum_address
from isomargin.chain.types import PRIORITY_FEE, SignedTransaction, Transaction
from isomargin.errors import ChainError, MalformedTransaction

__all__ = [
    "KeyRing",
    "charged_gas",
    "impersonated_transaction",
    "intrinsic_gas",
    "sealed_transaction",
    "sign_transaction",
    "signing_hash",
]

_WORD = 2**256
_TRANSACTION_GAS = 21_000
_CREATION_GAS = 32_000
_TOKEN_GAS = 4  # a zero byte is one token, another byte four
_INIT_WORD_GAS = 2  # EIP-3860
_ADDRESS_GAS, _SLOT_GAS = 2_400, 1_900  # EIP-2930
_FLOOR_GAS = 10  # EIP-7623, a token


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


def impersonated_transaction(
    transaction: Transaction, *, nonce: int, chain_id: int, max_fee: int, max_priority_fee: int | None = None
) -> SignedTransaction:
    """Make a transaction of a sender whose key nobody has; parameters as in `sign_transaction`."""
    unsigned = _unsigned(transaction, nonce, chain_id, max_fee, max_priority_fee)
    seed = _keccak(b"isomargin impersonates " + canonical_address(transaction.sender))
    stand_in = int.from_bytes(seed, "big") >> 2 | 1  # above zero and in the lower half of the curve's order
    return sealed_transaction(unsigned, 0, stand_in, stand_in, is_impersonated=True)


def charged_gas(transaction: Transaction | SignedTransaction) -> int:
    """Return what a transaction pays before its code runs: 21,000, its data, creation and access list."""
    accesses = transaction.access_list
    gas = _TRANSACTION_GAS + _TOKEN_GAS * _tokens(transaction.data)
    if transaction.to is None:
        gas += _CREATION_GAS
    return gas + _ADDRESS_GAS * len(accesses) + _SLOT_GAS * sum(len(slots) for _, slots in accesses)


def intrinsic_gas(transaction: Transaction | SignedTransaction) -> int:
    """Return the least gas limit that a transaction may have on a chain of fork Prague.

    That is what it pays before its code runs, with each word of init code (EIP-3860), or the floor for its
    data (EIP-7623) if that is more.
    """
    data = transaction.data
    words = (len(data) + 31) // 32 if transaction.to is None else 0
    floor = _TRANSACTION_GAS + _FLOOR_GAS * _tokens(data)
    return max(charged_gas(transaction) + _INIT_WORD_GAS * words, floor)


def _tokens(data: bytes) -> int:
    return 4 * len(data) - 3 * data.count(0)


class KeyRing:
    """The keys of named accounts, and the signing of what they send on one chain."""

    def __init__(self, chain_id: int) -> None:
        self._chain_id = chain_id
        self._keys: dict[str, PrivateKey] = {}

    def add(self, address: str, private_key: bytes) -> None:
        """Keep the key of an address."""
        self._keys[address] = PrivateKey(private_key)

    def __contains__(self, address: str) -> bool:
        return address in self._keys

    def signed(
        self,
        transactions: Iterable[Transaction | SignedTransaction],
        base_fee: int,
        nonce_of: Callable[[str], int],
    ) -> list[SignedTransaction]:
        """Sign what is not signed yet, with the nonces that follow from the order of the transactions.

        Raises
        ------
        ChainError
            If a sender has no key here, or a number is out of range.
        """
        nonces: dict[str, int] = {}
        signed = []
        for transaction in transactions:
            sender = transaction.sender
            if isinstance(transaction, SignedTransaction):
                nonces[sender] = transaction.nonce + 1
                signed.append(transaction)
                continue
            if sender not in self._keys:
                raise ChainError(f"no key for sender {sender}: it is not an account of this chain")
            nonce = nonces[sender] if sender in nonces else nonce_of(sender)
            nonces[sender] = nonce + 1
            price = transaction.gas_price
            signed.append(
                sign_transaction(
                    transaction,
                    key=self._keys[sender],
                    nonce=nonce,
                    chain_id=self._chain_id,
                    max_fee=base_fee + PRIORITY_FEE if price is None else price,
                )
            )
        return signed


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
