"""What a transaction costs before any code runs, by the gas schedule of fork Prague."""

from __future__ import annotations

from isomargin.chain.types import SignedTransaction, Transaction

__all__ = ["charged_gas", "intrinsic_gas"]

_TRANSACTION_GAS = 21_000
_CREATION_GAS = 32_000
_TOKEN_GAS = 4  # a zero byte is one token, another byte four
_INIT_WORD_GAS = 2  # EIP-3860
_ADDRESS_GAS, _SLOT_GAS = 2_400, 1_900  # EIP-2930
_FLOOR_GAS = 10  # EIP-7623, a token


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
