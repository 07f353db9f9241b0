"""Puts the JSON-RPC side together: filters, subscriptions, methods and the port in front of one node."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from isomargin.server.node import TestNode
from isomargin.server.rpc.connections import Clients
from isomargin.server.rpc.dispatch import Dispatcher, Limits
from isomargin.server.rpc.faults import Faults, NoFaults, WaitingRoom
from isomargin.server.rpc.filters import Filters
from isomargin.server.rpc.listening import Endpoint, listen
from isomargin.server.rpc.methods import all_methods
from isomargin.server.rpc.methods.blocks import header_of
from isomargin.server.rpc.session import Session
from isomargin.server.rpc.subscriptions import Hub
from isomargin.server.rpc.web import create_app
from isomargin.server.steering import Steering

__all__ = ["Door", "open_door"]

_LAST_WORDS = 0.05  # seconds in which answers under way, as that to whoever asked for the cut, still go out


class Door:
    """A node that can be talked to.

    Attributes
    ----------
    dispatcher : Dispatcher
        Answers a body without the way through a socket.
    """

    def __init__(self, endpoint: Endpoint, dispatcher: Dispatcher, waiting_room: WaitingRoom) -> None:
        self._endpoint = endpoint
        self._waiting_room = waiting_room
        self.dispatcher = dispatcher

    @property
    def url(self) -> str:
        """Where HTTP is answered; WebSocket by the same address with ``ws`` in front."""
        return f"http://{self._endpoint.address}"

    def close_all(self) -> None:
        """Cut every connection without a word; new ones are welcome."""
        self._endpoint.close_all()

    async def close(self) -> None:
        """Stop listening, let answers under way go out, and close all connections."""
        self._waiting_room.close()
        await self._endpoint.stop()


async def open_door(
    node: TestNode,
    steering: Steering | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: Limits | None = None,
    allowed_hosts: Collection[str] = (),
    allowed_origins: Collection[str] = (),
    faults: Faults | None = None,
) -> Door:
    """Listen for clients of a node in the running loop.

    Parameters
    ----------
    node : TestNode
        Gets two listeners, one for filters and one for subscriptions.
    steering : Steering, optional
        What the `isomargin_` methods ask; without it they are refused.
    host, port : str, int
        Where to listen; port 0 takes a free one.
    limits : Limits, optional
        What one client may ask for at once.
    allowed_hosts, allowed_origins : collection of str
        Let in besides this machine; see `AccessRules`. The host that is listened on is let in.
    faults : Faults, optional
        What makes the connection a bad one.

    Raises
    ------
    InputError
        If nobody can listen there.
    """
    limits, faults = limits or Limits(), faults or NoFaults()
    filters = Filters(asyncio.get_running_loop().time)
    hub = Hub(lambda block: header_of(node, block))
    dispatcher = Dispatcher(all_methods(), Session(node, filters, steering), limits=limits)
    clients = Clients(hub)
    waiting_room = WaitingRoom(faults)
    app = create_app(
        dispatcher,
        clients,
        faults,
        waiting_room,
        allowed_hosts=(host, *allowed_hosts),
        allowed_origins=allowed_origins,
    )
    endpoint = await listen(app, host=host, port=port, limits=limits)
    clients.cut = endpoint.cut
    faults.cut = lambda: _close_soon(endpoint)
    node.listeners += [filters, hub]
    return Door(endpoint, dispatcher, waiting_room)


def _close_soon(endpoint: Endpoint) -> None:
    asyncio.get_running_loop().call_later(_LAST_WORDS, endpoint.close_all)
