"""The mempool as geth's txpool namespace shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from isomargin.chain.types import SignedTransaction
from isomargin.server.rpc.parameters import MethodTable
from isomargin.server.rpc.quantities import quantity_json
from isomargin.server.rpc.rendering import transaction_json
from isomargin.server.rpc.session import Session

__all__ = ["METHODS"]

METHODS = MethodTable()

_BySender = Mapping[str, list[SignedTransaction]]


@METHODS.method("txpool_status")
def _status(session: Session) -> dict[str, str]:
    pool = session.node.pool
    return {"pending": _size(pool.pending()), "queued": _size(pool.queued())}


@METHODS.method("txpool_content")
def _content(session: Session) -> dict[str, Any]:
    return _shown(session, transaction_json)


@METHODS.method("txpool_inspect")
def _inspect(session: Session) -> dict[str, Any]:
    return _shown(session, _summary)


def _size(waiting: _BySender) -> str:
    return quantity_json(sum(len(transactions) for transactions in waiting.values()))


def _shown(session: Session, show: Callable[[SignedTransaction], Any]) -> dict[str, Any]:
    pool = session.node.pool
    return {
        name: {
            sender: {str(transaction.nonce): show(transaction) for transaction in transactions}
            for sender, transactions in waiting.items()
        }
        for name, waiting in (("pending", pool.pending()), ("queued", pool.queued()))
    }


def _summary(transaction: SignedTransaction) -> str:
    receiver = transaction.to or "contract creation"
    return f"{receiver}: {transaction.value} wei + {transaction.gas} gas x {transaction.max_fee} wei"
