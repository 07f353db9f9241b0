"""Blocks and receipts of py-evm as the records of the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eth._utils.address import generate_contract_address
from eth.abc import BlockAPI, BlockHeaderAPI, ReceiptAPI, SignedTransactionAPI
from eth.constants import CREATE_CONTRACT_ADDRESS

from isomargin.chain.accounts import checksum_address
from isomargin.chain.types import Block, Log, Receipt, SignedTransaction

__all__ = ["base_fee_of", "block_of"]

_SUCCESS = b"\x01"


def base_fee_of(header: BlockHeaderAPI) -> int:
    """Return wei per gas; the field is optional only in forks before London."""
    return header.base_fee_per_gas or 0


def block_of(
    block: BlockAPI,
    transactions: Sequence[SignedTransactionAPI],
    stored: Sequence[ReceiptAPI],
    failures: Mapping[bytes, tuple[str, bytes]],
    signed: tuple[SignedTransaction, ...] = (),
) -> Block:
    """Put a block together.

    Parameters
    ----------
    transactions : sequence
        Those of the block, as they know their senders: the block itself has copies.
    stored : sequence
        Its receipts, as py-evm has them.
    failures : mapping of bytes to (str, bytes)
        Reason and revert data by transaction hash, of those that failed.
    signed : tuple of SignedTransaction
        The transactions, where the chain keeps them.
    """
    receipts: list[Receipt] = []
    gas_before = logs_before = 0
    for transaction, receipt in zip(transactions, stored, strict=True):
        failure = ("", b"") if receipt.state_root == _SUCCESS else failures[transaction.hash]
        place = (len(receipts), gas_before, logs_before)
        receipts.append(_receipt(block.header, transaction, receipt, failure, place))
        gas_before = receipt.gas_used  # which counts from the start of the block
        logs_before += len(receipt.logs)
    header = block.header
    return Block(
        number=block.number,
        timestamp=header.timestamp,
        hash=bytes(block.hash),
        state_root=bytes(header.state_root),
        gas_used=header.gas_used,
        receipts=tuple(receipts),
        base_fee=base_fee_of(header),
        transactions=signed,
        extra_data=bytes(header.extra_data),
        transactions_root=bytes(header.transaction_root),
        receipts_root=bytes(header.receipt_root),
    )


def _receipt(
    header: BlockHeaderAPI,
    transaction: SignedTransactionAPI,
    receipt: ReceiptAPI,
    failure: tuple[str, bytes],
    place: tuple[int, int, int],
) -> Receipt:
    """Read one; its place is its index in the block, and how much gas and how many logs stand before it."""
    number, sender = header.block_number, transaction.sender
    index, gas_before, logs_before = place
    created = None
    if transaction.to == CREATE_CONTRACT_ADDRESS:
        created = checksum_address(generate_contract_address(sender, transaction.nonce))
    return Receipt(
        transaction_hash=bytes(transaction.hash),
        block_number=number,
        transaction_index=index,
        sender=checksum_address(sender),
        to=None if created else checksum_address(transaction.to),
        contract_address=created,
        gas_used=receipt.gas_used - gas_before,
        gas_price=min(
            transaction.max_fee_per_gas, base_fee_of(header) + transaction.max_priority_fee_per_gas
        ),
        success=receipt.state_root == _SUCCESS,
        revert_reason=failure[0],
        logs=tuple(
            Log(
                address=checksum_address(log.address),
                topics=tuple(topic.to_bytes(32, "big") for topic in log.topics),
                data=bytes(log.data),
                block_number=number,
                transaction_index=index,
                log_index=logs_before + offset,
            )
            for offset, log in enumerate(receipt.logs)
        ),
        revert_data=failure[1],
    )
