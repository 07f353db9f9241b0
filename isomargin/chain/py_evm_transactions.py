"""Signed transactions as py-evm takes them, with their sender: whoever made or read the record knows it."""

from __future__ import annotations

from typing import Any, cast

from eth.abc import SignedTransactionAPI
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.vm.forks.prague.transactions import PragueLegacyTransaction, PragueTypedTransaction
from eth_typing import Address
from eth_utils.exceptions import ValidationError

from isomargin.chain.accounts import canonical_address
from isomargin.chain.types import SignedTransaction

__all__ = ["evm_transaction", "known_transaction", "receiver_of", "require_funds"]


class _KnownLegacyTransaction(PragueLegacyTransaction):
    """One whose sender need not be recovered: py-evm would do so three times for each transaction."""

    def check_signature_validity(self) -> None:
        """Trust the record; an impersonated sender has none."""


def evm_transaction(transaction: SignedTransaction) -> SignedTransactionAPI:
    """Return the same transaction for py-evm."""
    made: Any
    if transaction.kind:
        made = PragueTypedTransaction.decode(transaction.raw)
    else:
        made = _KnownLegacyTransaction(
            transaction.nonce,
            transaction.max_fee,
            transaction.gas,
            receiver_of(transaction.to),
            transaction.value,
            transaction.data,
            *transaction.signature,
        )
        made._cached_rlp = transaction.raw
    made.sender = Address(canonical_address(transaction.sender))
    return cast(SignedTransactionAPI, made)


def known_transaction(stored: SignedTransactionAPI, sender: str) -> SignedTransactionAPI:
    """Return a transaction that came out of the database, for py-evm to execute once more."""
    made: Any
    if stored.type_id is None:
        signature = stored.v, stored.r, stored.s  # type: ignore[attr-defined]
        price = stored.gas_price
        made = _KnownLegacyTransaction(
            stored.nonce, price, stored.gas, stored.to, stored.value, stored.data, *signature
        )
    else:
        made = PragueTypedTransaction.decode(stored.encode())
    made.sender = Address(canonical_address(sender))
    return cast(SignedTransactionAPI, made)


def receiver_of(to: str | None) -> Address:
    """Return the receiver as py-evm writes it: no bytes if a contract is created."""
    return CREATE_CONTRACT_ADDRESS if to is None else Address(canonical_address(to))


def require_funds(transaction: SignedTransactionAPI, balance: int) -> None:
    """Let a sender bid no more than it owns, which py-evm does not ask as long as it need not pay it all.

    Raises
    ------
    ValidationError
        If it does.
    """
    cost = transaction.gas * transaction.max_fee_per_gas + transaction.value
    if balance < cost:
        raise ValidationError(f"insufficient funds for gas * price + value: have {balance} want {cost}")
