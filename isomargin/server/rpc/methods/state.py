"""What an address holds: ether, code, storage, and how many transactions it sent."""

from __future__ import annotations

from isomargin.server.rpc.methods.lookup import state_of
from isomargin.server.rpc.parameters import MethodTable, optional, required
from isomargin.server.rpc.quantities import (
    BlockReference,
    block_reference,
    data_json,
    parse_address,
    parse_slot,
    quantity_json,
    word_json,
)
from isomargin.server.rpc.session import Session

__all__ = ["METHODS"]

METHODS = MethodTable()

_ADDRESS = required("address", parse_address)
_BLOCK = optional("block", block_reference, "latest")


@METHODS.method("eth_getBalance", takes=[_ADDRESS, _BLOCK])
def _balance(session: Session, address: str, block: BlockReference) -> str:
    node = session.node
    return quantity_json(node.chain.balance(address, block=state_of(node, block)))


@METHODS.method("eth_getCode", takes=[_ADDRESS, _BLOCK])
def _code(session: Session, address: str, block: BlockReference) -> str:
    node = session.node
    return data_json(node.chain.code_at(address, block=state_of(node, block)))


@METHODS.method("eth_getStorageAt", takes=[_ADDRESS, required("slot", parse_slot), _BLOCK])
def _storage(session: Session, address: str, slot: int, block: BlockReference) -> str:
    node = session.node
    return word_json(node.chain.storage_at(address, slot, block=state_of(node, block)))


@METHODS.method("eth_getTransactionCount", takes=[_ADDRESS, _BLOCK])
def _transaction_count(session: Session, address: str, block: BlockReference) -> str:
    node = session.node
    if block == "pending":
        return quantity_json(node.next_nonce(address))
    return quantity_json(node.chain.nonce(address, block=state_of(node, block)))
