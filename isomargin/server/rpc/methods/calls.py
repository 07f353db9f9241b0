"""eth_call and eth_estimateGas: what a transaction would do, and what it would take."""

from __future__ import annotations

from typing import Any

from isomargin.chain import Transaction
from isomargin.server.node import TestNode
from isomargin.server.rpc.methods.lookup import state_of
from isomargin.server.rpc.parameters import MethodTable, optional, required
from isomargin.server.rpc.quantities import BlockReference, block_reference, data_json, quantity_json
from isomargin.server.rpc.refusals import SERVER_ERROR, Malformed, RpcError
from isomargin.server.rpc.session import Session
from isomargin.server.rpc.transaction_objects import TransactionObject, parse_transaction_object

__all__ = ["METHODS", "estimate", "transaction_of"]

METHODS = MethodTable()

_NOBODY = "0x" + 40 * "0"  # whoever names no sender, as on geth


def _no_overrides(value: Any) -> None:
    if value != {}:
        raise Malformed("state overrides are not supported")


_TAKES = [
    required("transaction", parse_transaction_object),
    optional("block", block_reference, "latest"),
    optional("state overrides", _no_overrides),
    optional("block overrides", _no_overrides),
]


def transaction_of(asked: TransactionObject) -> Transaction:
    """Return what is asked for as a transaction to call; a nonce plays no part."""
    return Transaction(
        asked.sender or _NOBODY, asked.to, asked.data, asked.value, access_list=asked.access_list
    )


@METHODS.method("eth_call", takes=_TAKES)
def _call(session: Session, asked: TransactionObject, block: BlockReference, *_: None) -> str:
    node = session.node
    state = state_of(node, block)
    _check_price(node, asked)
    _check_funds(node, asked, state)
    return data_json(node.chain.call(transaction_of(asked), block=state, gas=asked.gas))


@METHODS.method("eth_estimateGas", takes=_TAKES)
def _estimate(session: Session, asked: TransactionObject, block: BlockReference, *_: None) -> str:
    if state_of(session.node, block) is not None:
        raise RpcError(SERVER_ERROR, "gas is estimated on the newest block only")
    _check_price(session.node, asked)
    return quantity_json(estimate(session.node, asked))


def estimate(node: TestNode, asked: TransactionObject) -> int:
    """Return the least gas limit that suffices, within what the sender can pay for.

    Raises
    ------
    ChainError
        If none does.
    """
    cap = min(asked.gas or node.chain.block_gas_limit, node.chain.block_gas_limit)
    if asked.value or asked.price_ceiling:
        left = node.chain.balance(asked.sender or _NOBODY) - asked.value
        if left < 0:
            raise RpcError(SERVER_ERROR, "insufficient funds for transfer")
        if asked.price_ceiling:
            cap = min(cap, left // asked.price_ceiling)
    due = node.clock.next(node.chain.timestamp)
    return node.chain.estimate_gas(transaction_of(asked), cap=cap, timestamp=due)


def _check_price(node: TestNode, asked: TransactionObject) -> None:
    base_fee = node.head.base_fee
    if 0 < asked.price_ceiling < base_fee:
        raise RpcError(
            SERVER_ERROR,
            f"max fee per gas less than block base fee: address {asked.sender or _NOBODY}, "
            f"maxFeePerGas: {asked.price_ceiling}, baseFee: {base_fee}",
        )


def _check_funds(node: TestNode, asked: TransactionObject, state: int | None) -> None:
    cost = (asked.gas or 0) * asked.price_ceiling + asked.value
    if not cost:
        return
    sender = asked.sender or _NOBODY
    balance = node.chain.balance(sender, block=state)
    if cost > balance:
        raise RpcError(
            SERVER_ERROR,
            f"insufficient funds for gas * price + value: address {sender} have {balance} want {cost}",
        )
