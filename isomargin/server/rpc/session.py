"""What a method works on: the node, the scenario on it, and what the connection it came by may watch."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.server.node import TestNode
from isomargin.server.rpc.filters import Filters
from isomargin.server.rpc.subscriptions import Subscriber
from isomargin.server.steering import Steering

__all__ = ["Session"]


@dataclass(frozen=True)
class Session:
    """One client's view.

    Attributes
    ----------
    node : TestNode
    filters : Filters
        Those of all clients.
    steering : Steering or None
        None where no scenario plays on the node.
    subscriber : Subscriber or None
        None where nothing can be pushed: over HTTP.
    """

    node: TestNode
    filters: Filters
    steering: Steering | None = None
    subscriber: Subscriber | None = None
