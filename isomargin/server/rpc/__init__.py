"""Ethereum JSON-RPC in front of a test node, over HTTP and WebSocket on one port."""

from isomargin.server.rpc.dispatch import Limits
from isomargin.server.rpc.door import Door, open_door

__all__ = ["Door", "Limits", "open_door"]
