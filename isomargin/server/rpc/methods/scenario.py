"""The `isomargin_` namespace: the scenario moved on, looked at, and disturbed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isomargin.chain import Block
from isomargin.server.rpc.parameters import MethodTable, optional, required
from isomargin.server.rpc.quantities import data_json, loose_integer, quantity_json
from isomargin.server.rpc.refusals import METHOD_NOT_FOUND, Malformed, RpcError
from isomargin.server.rpc.session import Session
from isomargin.server.steering import Steering

__all__ = ["METHODS"]

METHODS = MethodTable()


def _price(value: Any) -> str | int | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Malformed('expected a price, decimal text such as "125.50" or a number')
    return value


def _fault(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Malformed('expected a fault, an object such as {"kind": "reorg", "depth": 2}')
    return value


@METHODS.method("isomargin_pushPrice", takes=[required("price", _price)])
def _push_price(session: Session, price: str | int | float) -> dict[str, Any]:
    return _told(_steering(session).push_price(price))


@METHODS.method("isomargin_step", takes=[optional("blocks", loose_integer, 1)])
def _step(session: Session, blocks: int) -> list[dict[str, Any]]:
    return [_told(block) for block in _steering(session).step(blocks)]


@METHODS.method("isomargin_health", takes=[optional("position", loose_integer)])
def _health(session: Session, position: int | None) -> dict[str, Any]:
    return _steering(session).health(position)


@METHODS.method("isomargin_status")
def _status(session: Session) -> dict[str, Any]:
    return _steering(session).status()


@METHODS.method("isomargin_inject", takes=[required("fault", _fault)])
def _inject(session: Session, fault: Mapping[str, Any]) -> list[str]:
    return _steering(session).inject(fault)


def _steering(session: Session) -> Steering:
    if session.steering is None:
        raise RpcError(METHOD_NOT_FOUND, "no scenario plays on this node")
    return session.steering


def _told(block: Block) -> dict[str, Any]:
    return {
        "number": quantity_json(block.number),
        "hash": data_json(block.hash),
        "timestamp": quantity_json(block.timestamp),
        "transactions": [data_json(receipt.transaction_hash) for receipt in block.receipts],
    }
