"""Subscriptions over WebSocket: what happens on the node becomes notifications in each client's outbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from isomargin.chain.types import Block, SignedTransaction
from isomargin.server.rpc.filters import LogQuery, logs_of_block, removed_logs
from isomargin.server.rpc.quantities import data_json
from isomargin.server.rpc.refusals import SERVER_ERROR, RpcError
from isomargin.server.rpc.rendering import transaction_json

__all__ = ["Hub", "Subscriber"]

_MOST_OF_CLIENT = 1_000
_FIRST_NAME = 1 << 124  # a quantity as long as geth's names, and no filter's

_Send = Callable[[bytes], None]


@dataclass(frozen=True)
class _Subscription:
    kind: str  # "newHeads", "logs" or "newPendingTransactions"
    query: LogQuery
    is_full: bool  # whole transactions, not only their hashes


class Subscriber:
    """The subscriptions of one client; they end with it.

    Parameters
    ----------
    hub : Hub
        Where names come from.
    send : callable
        Takes a message for the client and returns at once.
    """

    def __init__(self, hub: Hub, send: _Send) -> None:
        self._hub = hub
        self._send = send
        self._subscriptions: dict[str, _Subscription] = {}

    def subscribe(self, kind: str, query: LogQuery | None = None, *, is_full: bool = False) -> str:
        """Tell the client of all that happens from now on, and return the subscription's name."""
        if len(self._subscriptions) >= _MOST_OF_CLIENT:
            raise RpcError(SERVER_ERROR, f"too many subscriptions: {_MOST_OF_CLIENT} on this connection")
        name = self._hub.new_name()
        self._subscriptions[name] = _Subscription(kind, query or LogQuery(), is_full)
        return name

    def unsubscribe(self, name: str) -> bool:
        """End a subscription; false if this client has none of that name."""
        return self._subscriptions.pop(name, None) is not None

    def tell(self, kind: str, news: Callable[[_Subscription], list[Any]]) -> None:
        """Send what happened to the subscriptions of its kind."""
        for name, one in list(self._subscriptions.items()):
            if one.kind == kind:
                for result in news(one):
                    self._send(_notification(name, result))


class Hub:
    """All clients that may subscribe; it listens to the node.

    Parameters
    ----------
    header : callable
        A block's header as JSON.
    """

    def __init__(self, header: Callable[[Block], dict[str, Any]]) -> None:
        self._header = header
        self._subscribers: list[Subscriber] = []
        self._named = 0

    def join(self, send: _Send) -> Subscriber:
        """Let a client subscribe."""
        subscriber = Subscriber(self, send)
        self._subscribers.append(subscriber)
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a client with all its subscriptions."""
        if subscriber in self._subscribers:
            self._subscribers.remove(subscriber)

    def __len__(self) -> int:
        return len(self._subscribers)

    def new_name(self) -> str:
        """Return a name that no subscription had before."""
        self._named += 1
        return hex(_FIRST_NAME + self._named)

    # The node

    def on_block(self, block: Block) -> None:
        """Tell of a new block: its header, then its logs."""
        if self._subscribers:
            header = orjson.Fragment(orjson.dumps(self._header(block)))
            self._tell("newHeads", lambda _: [header])
            self._tell("logs", lambda one: logs_of_block(block, one.query))

    def on_removed(self, blocks: Sequence[Block]) -> None:
        """Tell of logs whose blocks left the chain."""
        self._tell("logs", lambda one: removed_logs(blocks, one.query))

    def on_pending(self, transaction: SignedTransaction) -> None:
        """Tell of a transaction that came into the pool."""
        self._tell(
            "newPendingTransactions",
            lambda one: [transaction_json(transaction) if one.is_full else data_json(transaction.hash)],
        )

    def _tell(self, kind: str, news: Callable[[_Subscription], list[Any]]) -> None:
        for subscriber in list(self._subscribers):
            subscriber.tell(kind, news)


def _notification(name: str, result: Any) -> bytes:
    return orjson.dumps(
        {
            "jsonrpc": "2.0",
            "method": "eth_subscription",
            "params": {"subscription": name, "result": result},
        }
    )
