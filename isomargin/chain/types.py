"""The plain records at the border of an engine: transactions go in; receipts, logs and blocks come out.

Receipts and logs are made by the hundred thousand, so they fill their fields at once: the `__init__` of a
frozen dataclass sets them one by one, which takes four times as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isomargin.chain.accounts import canonical_address, created_address

__all__ = [
    "CALL_GAS",
    "DEFAULT_GAS",
    "PRIORITY_FEE",
    "AccessList",
    "Block",
    "Event",
    "Frame",
    "Log",
    "Receipt",
    "Rehearsal",
    "SignedTransaction",
    "Transaction",
    "TransactionTrace",
]

DEFAULT_GAS = 3_000_000
"""Gas limit of a transaction that names none."""

CALL_GAS = 10**10
"""Gas limit of a call, enough for any view."""

PRIORITY_FEE = 10**9
"""Wei a gas above the base fee, paid by a transaction that names no price."""

AccessList = tuple[tuple[str, tuple[int, ...]], ...]
"""Contracts, by checksummed address, and slots of theirs that a transaction announces (EIP-2930)."""


@dataclass(frozen=True)
class Transaction:
    """What somebody asks of the chain; the engine adds nonce and signature.

    Attributes
    ----------
    sender : str
        Checksummed address; one that `Chain.account` gave, unless the transaction is only called.
    to : str or None
        Checksummed address of the receiver; None creates a contract from `data`.
    data : bytes
        Call data, or init code with its constructor arguments.
    value : int
        Wei.
    gas : int
        Gas limit. A call ignores it and runs with the engine's own, much larger one.
    gas_price : int or None
        Wei per gas; None is the base fee of the block plus one gwei.
    access_list : tuple
        What it announces to touch; mined, it is then a transaction of type 1.
    """

    sender: str
    to: str | None
    data: bytes = b""
    value: int = 0
    gas: int = DEFAULT_GAS
    gas_price: int | None = None
    access_list: AccessList = ()

    def effective_price(self, base_fee: int) -> int:
        """Return what it pays in a block of this base fee, both in wei per gas."""
        return base_fee + PRIORITY_FEE if self.gas_price is None else self.gas_price


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """What a wallet sends: complete, so that its hash is known before it is mined.

    Attributes
    ----------
    hash : bytes
        Keccak-256 of `raw`.
    raw : bytes
        As it travels: RLP, for the types 1 and 2 behind the byte of the type. With an impersonated sender
        it holds a stand-in for the signature, unlike that of any other sender.
    kind : int
        0 legacy, 1 access list (EIP-2930), 2 dynamic fee (EIP-1559).
    sender, to : str
        Checksummed addresses; `to` is None if it creates a contract.
    gas : int
        Gas limit.
    max_fee, max_priority_fee : int
        Wei per gas; for the kinds 0 and 1 both are the gas price.
    chain_id : int or None
        None: signed for any chain, as before EIP-155.
    signature : tuple of int
        v of a legacy transaction or parity of y, r and s, as they stand in `raw`.
    is_impersonated : bool
        Whether nobody signed it; the chain executes it all the same.
    """

    hash: bytes
    raw: bytes
    kind: int
    sender: str
    nonce: int
    to: str | None
    data: bytes
    value: int
    gas: int
    max_fee: int
    max_priority_fee: int
    access_list: AccessList
    chain_id: int | None
    signature: tuple[int, int, int]
    is_impersonated: bool = False

    def effective_price(self, base_fee: int) -> int:
        """Return what it pays in a block of this base fee, both in wei per gas."""
        return min(self.max_fee, base_fee + self.max_priority_fee)

    @property
    def created(self) -> str | None:
        """Address of the contract that it creates."""
        if self.to is not None:
            return None
        return created_address(canonical_address(self.sender), self.nonce)


@dataclass(frozen=True)
class Rehearsal:
    """How a transaction would end if it were mined now.

    Attributes
    ----------
    success : bool
        Whether it neither reverts nor halts.
    reason, data : str, bytes
        Of its failure, as in `Receipt`; on success `data` is what it returns.
    gas_used : int or None
        Gas, after refunds; None from an engine that does not tell.
    gas_peak : int or None
        Gas before refunds, all of which the limit has to cover.
    """

    success: bool
    reason: str
    data: bytes
    gas_used: int | None
    gas_peak: int | None = None


@dataclass(frozen=True, init=False)
class Log:
    """One event as the chain stores it: undecoded; `log_index` counts within the block."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    transaction_index: int
    log_index: int

    def __init__(
        self,
        address: str,
        topics: tuple[bytes, ...],
        data: bytes,
        block_number: int,
        transaction_index: int,
        log_index: int,
    ) -> None:
        self.__dict__.update(
            address=address,
            topics=topics,
            data=data,
            block_number=block_number,
            transaction_index=transaction_index,
            log_index=log_index,
        )


@dataclass(frozen=True, init=False)
class Receipt:
    """What became of one mined transaction.

    Attributes
    ----------
    contract_address : str or None
        Address of the contract that it created, also when the creation failed; else None.
    gas_used : int or None
        Gas, after refunds; None from an engine that does not count gas.
    gas_price : int
        Wei per gas that was really paid.
    success : bool
        False if it reverted or halted; the sender paid and the nonce rose all the same.
    revert_reason : str
        The contract's reason; ``"out of gas"`` and the like where the machine halted; empty on success
        and where the contract gave none.
    revert_data : bytes
        The raw revert data.
    """

    transaction_hash: bytes
    block_number: int
    transaction_index: int
    sender: str
    to: str | None
    contract_address: str | None
    gas_used: int | None
    gas_price: int
    success: bool
    revert_reason: str
    logs: tuple[Log, ...]
    revert_data: bytes = b""

    def __init__(
        self,
        transaction_hash: bytes,
        block_number: int,
        transaction_index: int,
        sender: str,
        to: str | None,
        contract_address: str | None,
        gas_used: int | None,
        gas_price: int,
        success: bool,
        revert_reason: str,
        logs: tuple[Log, ...],
        revert_data: bytes = b"",
    ) -> None:
        self.__dict__.update(
            transaction_hash=transaction_hash,
            block_number=block_number,
            transaction_index=transaction_index,
            sender=sender,
            to=to,
            contract_address=contract_address,
            gas_used=gas_used,
            gas_price=gas_price,
            success=success,
            revert_reason=revert_reason,
            logs=logs,
            revert_data=revert_data,
        )


@dataclass(frozen=True)
class Block:
    """One block; `timestamp` in seconds since 1970, `base_fee` in wei per gas.

    `gas_used` is None from an engine that does not count gas, the three roots are empty from one that keeps
    no trie. `transactions` are kept by a chain that signs; on any other the tuple is empty. One that is
    pruned has lost its transactions, and the receipts without logs.
    """

    number: int
    timestamp: int
    hash: bytes
    state_root: bytes
    gas_used: int | None
    receipts: tuple[Receipt, ...]
    base_fee: int = 0
    transactions: tuple[SignedTransaction, ...] = ()
    extra_data: bytes = b""
    transactions_root: bytes = b""
    receipts_root: bytes = b""
    is_pruned: bool = False

    def receipt_at(self, index: int) -> Receipt:
        """Return the receipt of a transaction by its index in the block."""
        if not self.is_pruned:
            return self.receipts[index]
        return next(receipt for receipt in self.receipts if receipt.transaction_index == index)


@dataclass(frozen=True)
class Event:
    """A decoded log: its name in the ABI, its arguments in ABI order, and the log itself.

    An indexed argument of dynamic type (text, bytes, array, struct) is only its keccak hash.
    """

    name: str
    args: Mapping[str, Any]
    log: Log


@dataclass(frozen=True, slots=True)
class Frame:
    """One call, or creation, within a transaction.

    Attributes
    ----------
    address : str
        Whose storage its code sees: that of the caller in a delegate call.
    depth : int
        0 for the transaction itself.
    is_static : bool
        Whether it could change nothing.
    success : bool
        Whether it ended well; what a frame around it reverted is undone all the same.
    """

    address: str
    depth: int
    is_static: bool
    success: bool


@dataclass(frozen=True, slots=True)
class TransactionTrace:
    """What a transaction did underneath.

    Attributes
    ----------
    storage : mapping of (str, int) to (int, int)
        By contract and slot: the word before and after, where it changed.
    frames : tuple of Frame
        In the order in which they began.
    """

    storage: Mapping[tuple[str, int], tuple[int, int]]
    frames: tuple[Frame, ...]
