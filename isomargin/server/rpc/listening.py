"""uvicorn inside a loop that runs already: listen, say where, cut connections, stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from isomargin.errors import InputError
from isomargin.server.rpc.dispatch import Limits

__all__ = ["Endpoint", "listen"]

_MOST_CONNECTIONS = 2_000
_PATIENCE = 2  # seconds for answers under way when the service stops
_PING_SECONDS = 20.0
_PONG_SECONDS = 60.0  # a long block keeps the loop busy, and pongs wait


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever owns the loop, and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


class Endpoint:
    """An application that is being served.

    Attributes
    ----------
    host : str
        As it was asked for.
    port : int
        The real one.
    """

    def __init__(self, server: _Server, task: asyncio.Task[None], host: str, port: int) -> None:
        self._server, self._task = server, task
        self.host, self.port = host, port

    @property
    def address(self) -> str:
        """Host and port as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def close_all(self) -> None:
        """Cut every connection without a word, as a node that crashes does; new ones are welcome."""
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()

    def cut(self, client: tuple[str, int]) -> None:
        """Cut the connection of one client without a word."""
        for connection in list(self._server.server_state.connections):
            if getattr(connection, "client", None) == client:
                connection.transport.abort()

    async def stop(self) -> None:
        """Stop listening, let answers under way go out, and close all connections."""
        self._server.should_exit = True
        await self._task


async def listen(
    app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None
) -> Endpoint:
    """Serve an application in the running loop, and return once it listens.

    Parameters
    ----------
    app : ASGIApp
    host : str
        Name or address to listen on.
    port : int
        0 takes a free one.
    limits : Limits, optional
        `body` bounds the messages of WebSocket clients too.

    Raises
    ------
    InputError
        If nobody can listen there.
    """
    listening = _bound_socket(host, port)
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,  # a client is who it is
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_PATIENCE,
        ws_max_size=(limits or Limits()).body,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PONG_SECONDS,
        ws_per_message_deflate=False,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    await _started(server, task)
    return Endpoint(server, task, host, listening.getsockname()[1])


async def _started(server: _Server, task: asyncio.Task[None]) -> None:
    listens = asyncio.create_task(server.listens.wait())
    await asyncio.wait((listens, task), return_when=asyncio.FIRST_COMPLETED)
    listens.cancel()
    if task.done():
        task.result()


def _bound_socket(host: str, port: int) -> socket.socket:
    if not 0 <= port < 65_536:
        raise InputError(f"cannot listen on port {port}: expected 0 to 65535")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address[:2], family=family, backlog=1_024)
        # head and body of an answer go out apart: without this the body waits 40 ms for the head's receipt
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except (OSError, UnicodeError) as error:
        raise InputError(f"cannot listen on {host} port {port}: {error}") from None
