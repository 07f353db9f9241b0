"""Transactions on their way into the pool: signed by a wallet, or by the node for its own accounts."""

from __future__ import annotations

from dataclasses import replace

from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from isomargin.chain.signed import decode_transaction
from isomargin.server.rpc.methods.calls import estimate, transaction_of
from isomargin.server.rpc.parameters import MethodTable, required
from isomargin.server.rpc.quantities import data_json, parse_address, parse_data
from isomargin.server.rpc.refusals import INVALID_PARAMS, SERVER_ERROR, RpcError
from isomargin.server.rpc.session import Session
from isomargin.server.rpc.transaction_objects import TransactionObject, parse_transaction_object

__all__ = ["METHODS"]

METHODS = MethodTable()

_ADDRESS = required("address", parse_address)
_MESSAGE = required("message", parse_data)


@METHODS.method("eth_sendRawTransaction", takes=[required("raw transaction", parse_data)])
def _send_raw(session: Session, raw: bytes) -> str:
    node = session.node
    return data_json(node.submit(decode_transaction(raw, node.chain.chain_id)))


@METHODS.method("eth_sendTransaction", takes=[required("transaction", parse_transaction_object)])
def _send(session: Session, asked: TransactionObject) -> str:
    node = session.node
    if asked.sender is None:
        raise RpcError(INVALID_PARAMS, "invalid argument 0 (transaction): field from is missing")
    if asked.sender not in node.unlocked and asked.sender not in node.impersonated:
        raise RpcError(SERVER_ERROR, "unknown account")
    if asked.chain_id not in (None, node.chain.chain_id):
        raise RpcError(
            SERVER_ERROR, f"chainId does not match node's (have={asked.chain_id}, want={node.chain.chain_id})"
        )
    gas = asked.gas if asked.gas is not None else estimate(node, asked)
    signed = node.sign(
        replace(transaction_of(asked), gas=gas, gas_price=asked.gas_price),
        nonce=asked.nonce,
        max_fee=asked.max_fee,
        max_priority_fee=asked.max_priority_fee,
    )
    return data_json(node.submit(signed))


@METHODS.method("eth_sign", takes=[_ADDRESS, _MESSAGE])
def _sign(session: Session, address: str, message: bytes) -> str:
    return _signature(session, address, message)


@METHODS.method("personal_sign", takes=[_MESSAGE, _ADDRESS])
def _personal_sign(session: Session, message: bytes, address: str) -> str:
    return _signature(session, address, message)


def _signature(session: Session, address: str, message: bytes) -> str:
    """Sign a message as EIP-191 has it, version 0x45."""
    key = session.node.unlocked.get(address)
    if key is None:
        raise RpcError(SERVER_ERROR, "unknown account")
    prefix = f"\x19Ethereum Signed Message:\n{len(message)}".encode()
    signature = PrivateKey(key).sign_msg_hash(keccak(prefix + message))
    words = signature.r.to_bytes(32, "big") + signature.s.to_bytes(32, "big")
    return data_json(words + bytes((27 + signature.v,)))
