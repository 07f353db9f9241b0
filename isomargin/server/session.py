"""What a method works on: the node, the filters of all, and the subscriptions of the connection it came by."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.server.filters import Filters
from isomargin.server.node import TestNode
from isomargin.server.subscriptions import Subscriber

__all__ = ["Session"]


@dataclass(frozen=True)
class Session:
    """One client's view; `subscriber` is None where nothing can be pushed: over HTTP."""

    node: TestNode
    filters: Filters
    subscriber: Subscriber | None = None
