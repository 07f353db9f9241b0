"""Blocks, transactions, receipts and logs as the JSON that nodes answer with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from isomargin.chain.randao import prev_randao
from isomargin.chain.types import Block, Log, Receipt, SignedTransaction
from isomargin.server.rpc.bloom import bloom_of
from isomargin.server.rpc.headers import (
    BEACON_ROOT,
    COINBASE,
    EMPTY_LIST_HASH,
    EMPTY_TRIE,
    NO_REQUESTS,
    block_size,
    header_rlp,
)
from isomargin.server.rpc.quantities import address_json, data_json, quantity_json, word_json

__all__ = [
    "block_json",
    "header_json",
    "log_json",
    "pending_block_json",
    "receipt_json",
    "receipts_json",
    "transaction_json",
]

_Json = dict[str, Any]

_ZERO_HASH = word_json(0)
_NO_NONCE = "0x" + 16 * "0"


# Blocks


def header_json(block: Block, *, parent_hash: bytes, gas_limit: int) -> _Json:
    """Return the header of a block, as a subscription to new heads gives it.

    What an engine does not keep is zero: roots on one without a trie, gas on one that counts none.
    """
    logs = (log for receipt in block.receipts for log in receipt.logs)
    return {
        "number": quantity_json(block.number),
        "hash": data_json(block.hash),
        "parentHash": data_json(parent_hash),
        "nonce": _NO_NONCE,
        "sha3Uncles": data_json(EMPTY_LIST_HASH),
        "logsBloom": f"0x{bloom_of(logs):0512x}",
        "transactionsRoot": _root_json(block.transactions_root),
        "stateRoot": _root_json(block.state_root),
        "receiptsRoot": _root_json(block.receipts_root),
        "miner": COINBASE,
        "difficulty": "0x0",
        "extraData": data_json(block.extra_data),
        "gasLimit": quantity_json(gas_limit),
        "gasUsed": quantity_json(block.gas_used or 0),
        "timestamp": quantity_json(block.timestamp),
        "mixHash": data_json(prev_randao(block.number)),
        "baseFeePerGas": quantity_json(block.base_fee),
        "withdrawalsRoot": data_json(EMPTY_TRIE),
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x0",
        "parentBeaconBlockRoot": data_json(BEACON_ROOT),
        "requestsHash": data_json(NO_REQUESTS),
    }


def block_json(block: Block, *, parent_hash: bytes, gas_limit: int, full: bool) -> _Json:
    """Return a block with its transactions whole, or with their hashes only."""
    body = header_json(block, parent_hash=parent_hash, gas_limit=gas_limit)
    body["totalDifficulty"] = "0x0"
    header = header_rlp(block, parent_hash=parent_hash, gas_limit=gas_limit)
    body["size"] = quantity_json(block_size(block, header))
    body["transactions"] = [
        transaction_json(transaction, block, index) if full else data_json(transaction.hash)
        for index, transaction in enumerate(block.transactions)
    ]
    body["uncles"] = []
    body["withdrawals"] = []
    return body


def pending_block_json(
    head: Block,
    waiting: list[SignedTransaction],
    *,
    base_fee: int,
    gas_limit: int,
    timestamp: int,
    full: bool,
) -> _Json:
    """Return the block that would come next: without hash, nonce and miner, which nobody knows yet."""
    coming = Block(head.number + 1, timestamp, b"", head.state_root, 0, (), base_fee)
    body = block_json(coming, parent_hash=head.hash, gas_limit=gas_limit, full=full)
    body |= {"hash": None, "nonce": None, "miner": None}
    body["transactions"] = [
        transaction_json(transaction) if full else data_json(transaction.hash) for transaction in waiting
    ]
    return body


def _root_json(root: bytes) -> str:
    return data_json(root) if root else _ZERO_HASH


# Transactions


def transaction_json(
    transaction: SignedTransaction, block: Block | None = None, index: int | None = None
) -> _Json:
    """Return a transaction; while it is pending, its place is null and its price is what it offers."""
    v, r, s = transaction.signature
    price = transaction.max_fee if block is None else transaction.effective_price(block.base_fee)
    body: _Json = {
        "blockHash": None if block is None else data_json(block.hash),
        "blockNumber": None if block is None else quantity_json(block.number),
        "transactionIndex": None if index is None else quantity_json(index),
        "hash": data_json(transaction.hash),
        "from": transaction.sender.lower(),
        "to": address_json(transaction.to),
        "nonce": quantity_json(transaction.nonce),
        "value": quantity_json(transaction.value),
        "gas": quantity_json(transaction.gas),
        "gasPrice": quantity_json(price),
        "input": data_json(transaction.data),
        "type": quantity_json(transaction.kind),
        "v": quantity_json(v),
        "r": quantity_json(r),
        "s": quantity_json(s),
    }
    if transaction.chain_id is not None:
        body["chainId"] = quantity_json(transaction.chain_id)
    if transaction.kind >= 1:
        body["yParity"] = quantity_json(v)
        body["accessList"] = [
            {"address": address.lower(), "storageKeys": [word_json(slot) for slot in slots]}
            for address, slots in transaction.access_list
        ]
    if transaction.kind == 2:
        body["maxFeePerGas"] = quantity_json(transaction.max_fee)
        body["maxPriorityFeePerGas"] = quantity_json(transaction.max_priority_fee)
    return body


# Receipts and logs


def receipt_json(block: Block, index: int) -> _Json:
    """Return one receipt of a block."""
    before = sum(receipt.gas_used or 0 for receipt in block.receipts[:index])
    return _receipt_json(block, block.receipts[index], before)


def receipts_json(block: Block) -> Iterator[_Json]:
    """Give all receipts of a block in their order."""
    used = 0
    for receipt in block.receipts:
        yield _receipt_json(block, receipt, used)
        used += receipt.gas_used or 0


def _receipt_json(block: Block, receipt: Receipt, gas_before: int) -> _Json:
    gas_used = receipt.gas_used or 0
    index = receipt.transaction_index
    kind = block.transactions[index].kind if index < len(block.transactions) else 0
    return {
        "transactionHash": data_json(receipt.transaction_hash),
        "transactionIndex": quantity_json(index),
        "blockHash": data_json(block.hash),
        "blockNumber": quantity_json(block.number),
        "from": receipt.sender.lower(),
        "to": address_json(receipt.to),
        "contractAddress": address_json(receipt.contract_address),
        "cumulativeGasUsed": quantity_json(gas_before + gas_used),
        "gasUsed": quantity_json(gas_used),
        "effectiveGasPrice": quantity_json(receipt.gas_price),
        "logs": [log_json(log, block) for log in receipt.logs],
        "logsBloom": f"0x{bloom_of(receipt.logs):0512x}",
        "type": quantity_json(kind),
        "status": "0x1" if receipt.success else "0x0",
    }


def log_json(log: Log, block: Block, *, removed: bool = False) -> _Json:
    """Return a log; `removed` says that its block left the chain."""
    return {
        "address": log.address.lower(),
        "topics": [data_json(topic) for topic in log.topics],
        "data": data_json(log.data),
        "blockNumber": quantity_json(log.block_number),
        "blockHash": data_json(block.hash),
        "blockTimestamp": quantity_json(block.timestamp),
        "transactionHash": data_json(block.receipt_at(log.transaction_index).transaction_hash),
        "transactionIndex": quantity_json(log.transaction_index),
        "logIndex": quantity_json(log.log_index),
        "removed": removed,
    }
