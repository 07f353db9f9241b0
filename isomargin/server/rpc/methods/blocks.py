"""Blocks by number, tag or hash, with what they hold; uncles there are none."""

from __future__ import annotations

from typing import Any

from isomargin.chain import Block
from isomargin.server.node import TestNode
from isomargin.server.rpc.methods.lookup import block_of, parent_hash_of, whole
from isomargin.server.rpc.parameters import MethodTable, required
from isomargin.server.rpc.quantities import (
    BlockReference,
    block_reference,
    parse_bool,
    parse_hash,
    quantity_json,
    quantity_of,
)
from isomargin.server.rpc.rendering import (
    block_json,
    header_json,
    pending_block_json,
    receipts_json,
    transaction_json,
)
from isomargin.server.rpc.session import Session

__all__ = ["METHODS", "header_of"]

METHODS = MethodTable()

_NUMBER = required("block", block_reference)
_HASH = required("block hash", parse_hash)
_FULL = required("full transactions", parse_bool)
_INDEX = required("index", quantity_of(32))

_Json = dict[str, Any]


def header_of(node: TestNode, block: Block) -> _Json:
    """Return the header of a block of the present chain."""
    return header_json(
        block,
        parent_hash=parent_hash_of(node, block),
        gas_limit=node.chain.block_gas_limit,
    )


@METHODS.method("eth_blockNumber")
def _newest(session: Session) -> str:
    return quantity_json(session.node.head.number)


@METHODS.method("eth_getBlockByNumber", takes=[_NUMBER, _FULL])
def _by_number(session: Session, reference: BlockReference, full: bool) -> _Json | None:
    if reference == "pending":
        return _pending(session.node, full)
    return _rendered(session.node, block_of(session.node, reference), full)


@METHODS.method("eth_getBlockByHash", takes=[_HASH, _FULL])
def _by_hash(session: Session, block_hash: bytes, full: bool) -> _Json | None:
    return _rendered(session.node, session.node.block_by_hash(block_hash), full)


def _rendered(node: TestNode, found: Block | None, full: bool) -> _Json | None:
    block = whole(found)
    if block is None:
        return None
    return block_json(
        block,
        parent_hash=parent_hash_of(node, block),
        gas_limit=node.chain.block_gas_limit,
        full=full,
    )


def _pending(node: TestNode, full: bool) -> _Json:
    base_fee = node.next_base_fee()
    return pending_block_json(
        node.head,
        node.pool.take(base_fee, node.chain.block_gas_limit, node.held_back),
        base_fee=base_fee,
        gas_limit=node.chain.block_gas_limit,
        timestamp=node.clock.next(node.chain.timestamp),
        full=full,
    )


@METHODS.method("eth_getBlockReceipts", takes=[_NUMBER])
def _receipts(session: Session, reference: BlockReference) -> list[_Json] | None:
    block = whole(block_of(session.node, reference))
    return None if block is None else list(receipts_json(block))


@METHODS.method("eth_getBlockTransactionCountByNumber", takes=[_NUMBER])
def _count_by_number(session: Session, reference: BlockReference) -> str | None:
    return _count(block_of(session.node, reference))


@METHODS.method("eth_getBlockTransactionCountByHash", takes=[_HASH])
def _count_by_hash(session: Session, block_hash: bytes) -> str | None:
    return _count(session.node.block_by_hash(block_hash))


def _count(found: Block | None) -> str | None:
    block = whole(found)
    return None if block is None else quantity_json(len(block.receipts))


@METHODS.method("eth_getTransactionByBlockNumberAndIndex", takes=[_NUMBER, _INDEX])
def _transaction_by_number(session: Session, reference: BlockReference, index: int) -> _Json | None:
    return _transaction_at(block_of(session.node, reference), index)


@METHODS.method("eth_getTransactionByBlockHashAndIndex", takes=[_HASH, _INDEX])
def _transaction_by_hash(session: Session, block_hash: bytes, index: int) -> _Json | None:
    return _transaction_at(session.node.block_by_hash(block_hash), index)


def _transaction_at(found: Block | None, index: int) -> _Json | None:
    block = whole(found)
    if block is None or index >= len(block.transactions):
        return None
    return transaction_json(block.transactions[index], block, index)


@METHODS.method("eth_getUncleCountByBlockNumber", takes=[_NUMBER])
def _uncles_by_number(session: Session, reference: BlockReference) -> str | None:
    return None if whole(block_of(session.node, reference)) is None else "0x0"


@METHODS.method("eth_getUncleCountByBlockHash", takes=[_HASH])
def _uncles_by_hash(session: Session, block_hash: bytes) -> str | None:
    return None if whole(session.node.block_by_hash(block_hash)) is None else "0x0"


@METHODS.method("eth_getUncleByBlockNumberAndIndex", takes=[_NUMBER, _INDEX])
@METHODS.method("eth_getUncleByBlockHashAndIndex", takes=[_HASH, _INDEX])
def _uncle(_: Session, __: BlockReference, ___: int) -> None:
    return None
