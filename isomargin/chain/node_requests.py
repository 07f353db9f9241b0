"""Transactions as the JSON-RPC of a node takes them: to be called, sent signed, or sent for somebody else."""

from __future__ import annotations

from typing import Any

from isomargin.chain.accounts import canonical_address
from isomargin.chain.node_kinds import NodeKind
from isomargin.chain.node_rpc import Request
from isomargin.chain.types import AccessList, SignedTransaction, Transaction

__all__ = ["call_fields", "sending"]


def call_fields(transaction: Transaction, gas: int) -> dict[str, Any]:
    """Return what ``eth_call`` takes.

    Raises
    ------
    ChainError
        If sender or receiver are no addresses.
    """
    fields = _fields(transaction)
    fields["gas"] = hex(gas)
    if transaction.gas_price:
        fields["gasPrice"] = hex(transaction.gas_price)
    return fields


def sending(transaction: SignedTransaction, kind: NodeKind) -> list[Request]:
    """Return the requests that put a transaction into the node's pool; the last one answers with its hash."""
    if not transaction.is_impersonated:
        return [("eth_sendRawTransaction", (f"0x{transaction.raw.hex()}",))]
    fields = _fields(transaction)
    fields |= {"gas": hex(transaction.gas), "nonce": hex(transaction.nonce)}
    if transaction.kind == 2:
        fields["maxFeePerGas"] = hex(transaction.max_fee)
        fields["maxPriorityFeePerGas"] = hex(transaction.max_priority_fee)
    else:
        fields["gasPrice"] = hex(transaction.max_fee)
    return [kind.impersonate(transaction.sender), ("eth_sendTransaction", (fields,))]


def _fields(transaction: Transaction | SignedTransaction) -> dict[str, Any]:
    canonical_address(transaction.sender)
    fields: dict[str, Any] = {
        "from": transaction.sender,
        "data": f"0x{transaction.data.hex()}",
        "value": hex(transaction.value),
    }
    if transaction.to is not None:
        canonical_address(transaction.to)
        fields["to"] = transaction.to
    if transaction.access_list:
        fields["accessList"] = _entries(transaction.access_list)
    return fields


def _entries(accesses: AccessList) -> list[dict[str, Any]]:
    return [
        {"address": address, "storageKeys": [f"0x{slot:064x}" for slot in slots]}
        for address, slots in accesses
    ]
