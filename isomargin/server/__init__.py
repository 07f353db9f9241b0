"""A scenario as a test chain: JSON-RPC over HTTP and WebSocket, a mempool, fees, and faults on demand."""

from isomargin.server.node import TestNode
from isomargin.server.pace import Pace
from isomargin.server.serving import BOTS, Service, serve

__all__ = ["BOTS", "Pace", "Service", "TestNode", "serve"]
