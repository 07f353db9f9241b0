"""eth_subscribe and eth_unsubscribe."""

from __future__ import annotations

from typing import Any

from isomargin.server.rpc.methods.logs import parse_log_filter
from isomargin.server.rpc.parameters import MethodTable, optional, required
from isomargin.server.rpc.quantities import parse_bool, parse_text
from isomargin.server.rpc.refusals import INVALID_PARAMS, METHOD_NOT_FOUND, SERVER_ERROR, Malformed, RpcError
from isomargin.server.rpc.session import Session
from isomargin.server.rpc.subscriptions import Subscriber

__all__ = ["METHODS"]

METHODS = MethodTable()


@METHODS.method(
    "eth_subscribe",
    takes=[required("subscription", parse_text), optional("options", lambda value: value)],
)
def _subscribe(session: Session, kind: str, options: Any) -> str:
    subscriber = _subscriber(session)
    try:
        match kind:
            case "newHeads":
                return subscriber.subscribe(kind)
            case "logs":
                return subscriber.subscribe(kind, parse_log_filter(options or {}).query)
            case "newPendingTransactions":
                return subscriber.subscribe(kind, is_full=parse_bool(options or False))
    except Malformed as error:
        raise RpcError(INVALID_PARAMS, f"invalid argument 1 (options): {error}") from None
    raise RpcError(METHOD_NOT_FOUND, f'no "{kind[:100]}" subscription in eth namespace')


@METHODS.method("eth_unsubscribe", takes=[required("subscription id", parse_text)])
def _unsubscribe(session: Session, name: str) -> bool:
    if not _subscriber(session).unsubscribe(name):
        raise RpcError(SERVER_ERROR, "subscription not found")
    return True


def _subscriber(session: Session) -> Subscriber:
    if session.subscriber is None:
        raise RpcError(METHOD_NOT_FOUND, "notifications not supported")
    return session.subscriber
