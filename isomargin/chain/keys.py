"""The keys of named accounts, and what they sign for an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from coincurve import PrivateKey

from isomargin.chain.signed import sign_transaction
from isomargin.chain.types import SignedTransaction, Transaction
from isomargin.errors import ChainError

__all__ = ["KeyRing"]


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
            signed.append(
                sign_transaction(
                    transaction,
                    key=self._keys[sender],
                    nonce=nonce,
                    chain_id=self._chain_id,
                    max_fee=transaction.effective_price(base_fee),
                )
            )
        return signed
