"""Transactions and receipts by hash."""

from __future__ import annotations

from typing import Any

from isomargin.server.rpc.parameters import MethodTable, required
from isomargin.server.rpc.quantities import data_json, parse_hash
from isomargin.server.rpc.rendering import receipt_json, transaction_json
from isomargin.server.rpc.session import Session

__all__ = ["METHODS"]

METHODS = MethodTable()

_HASH = required("transaction hash", parse_hash)


@METHODS.method("eth_getTransactionByHash", takes=[_HASH])
def _transaction(session: Session, transaction_hash: bytes) -> dict[str, Any] | None:
    found = session.node.find(transaction_hash)
    return None if found is None else transaction_json(found.transaction, found.block, found.index)


@METHODS.method("eth_getRawTransactionByHash", takes=[_HASH])
def _raw_transaction(session: Session, transaction_hash: bytes) -> str | None:
    found = session.node.find(transaction_hash)
    return None if found is None else data_json(found.transaction.raw)


@METHODS.method("eth_getTransactionReceipt", takes=[_HASH])
def _receipt(session: Session, transaction_hash: bytes) -> dict[str, Any] | None:
    found = session.node.receipt(transaction_hash)
    if found is None:
        return None
    block, receipt = found
    return receipt_json(block, receipt.transaction_index)
