"""Signs a transaction with fees of EIP-1559, so that its hash is known before anybody has it."""

from __future__ import annotations

from dataclasses import dataclass

from eth_account import Account

from isomargin.bot.fees import Fees
from isomargin.chain import Transaction

__all__ = ["Signed", "sign"]


@dataclass(frozen=True, slots=True)
class Signed:
    """What is sent, and the hash by which it is found."""

    raw: bytes
    hash: bytes


def sign(transaction: Transaction, *, key: bytes, nonce: int, chain_id: int, fees: Fees) -> Signed:
    """Sign a transaction of type 2; its own gas price is not looked at."""
    signed = Account.sign_transaction(
        {
            "type": 2,
            "chainId": chain_id,
            "nonce": nonce,
            "to": transaction.to,
            "data": transaction.data,
            "value": transaction.value,
            "gas": transaction.gas,
            "maxFeePerGas": fees.max_fee,
            "maxPriorityFeePerGas": fees.max_priority_fee,
        },
        key,
    )
    return Signed(bytes(signed.raw_transaction), bytes(signed.hash))
