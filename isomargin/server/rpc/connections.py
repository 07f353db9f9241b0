"""WebSocket clients: requests in, answers and notifications out, and an end to those who do not read."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from isomargin.server.rpc.dispatch import Dispatcher, Limits
from isomargin.server.rpc.session import Session
from isomargin.server.rpc.subscriptions import Hub

__all__ = ["Clients", "Outbox"]

_MOST_UNANSWERED = 1_000  # requests of one client, before no more of them are read

_Delay = Callable[[], Awaitable[None]]


class Outbox:
    """Messages on their way to one client, in order; with more than `limits` allow, it overflows for good.

    Parameters
    ----------
    limits : Limits
        `backlog` messages, and twice as many bytes as answers to one batch may have.
    """

    def __init__(self, limits: Limits) -> None:
        self._most_messages, self._most_bytes = limits.backlog, 2 * limits.answer
        self._messages: deque[bytes] = deque()
        self._size = 0
        self._arrival = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.overflow = asyncio.Event()

    def put(self, message: bytes) -> None:
        """Take a message and return at once; a client that reads too slowly gets none any more."""
        if self.overflow.is_set():
            return
        self._messages.append(message)
        self._size += len(message)
        self._arrival.set()
        if self._size > self._most_bytes // 2:
            self._room.clear()
        if len(self._messages) > 1 and (
            len(self._messages) > self._most_messages or self._size > self._most_bytes
        ):
            self.overflow.set()
            self._messages.clear()

    async def get(self) -> bytes:
        """Wait for the next message."""
        while not self._messages:
            self._arrival.clear()
            await self._arrival.wait()
        message = self._messages.popleft()
        self._size -= len(message)
        if self._size <= self._most_bytes // 2:
            self._room.set()
        return message

    async def room(self) -> None:
        """Wait until a further answer can be put without risk of overflowing."""
        await self._room.wait()


class Clients:
    """All WebSocket clients.

    Parameters
    ----------
    hub : Hub
        Where they subscribe.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.cut: Callable[[tuple[str, int]], None] = lambda client: None
        """Ends the connection of a client by its address without a word; whoever serves knows how."""

    async def serve(self, websocket: WebSocket, dispatcher: Dispatcher, delay: _Delay) -> None:
        """Talk to a client until it leaves, or is cut off because it does not read."""
        await websocket.accept()
        outbox = Outbox(dispatcher.limits)
        subscriber = self._hub.join(outbox.put)
        session = replace(dispatcher.session, subscriber=subscriber)
        try:
            await _Conversation(websocket, outbox, dispatcher, session, delay).run()
        except WebSocketDisconnect:
            pass
        finally:
            self._hub.leave(subscriber)
        if outbox.overflow.is_set() and websocket.client is not None:
            self.cut((websocket.client.host, websocket.client.port))


class _Conversation:
    def __init__(
        self, websocket: WebSocket, outbox: Outbox, dispatcher: Dispatcher, session: Session, delay: _Delay
    ) -> None:
        self._websocket, self._outbox = websocket, outbox
        self._dispatcher, self._session, self._delay = dispatcher, session, delay
        self._inbox: asyncio.Queue[tuple[bytes | str, asyncio.Task[None]]] = asyncio.Queue(_MOST_UNANSWERED)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self) -> None:
        """Read, answer and write side by side, until the first of them ends."""
        try:
            parts = [
                self._start(part)
                for part in (self._read(), self._answer(), self._write(), self._outbox.overflow.wait())
            ]
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
        finally:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _read(self) -> None:
        """Take requests in; each one's delay begins when it comes, so that many delays are not added up."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            body = message.get("text") or message.get("bytes") or b""
            await self._inbox.put((body, self._start(_awaited(self._delay))))

    async def _answer(self) -> None:
        while True:
            body, delay = await self._inbox.get()
            await delay
            await self._outbox.room()
            answer = self._dispatcher.answer(body, self._session)
            if answer is not None:
                self._outbox.put(answer)

    async def _write(self) -> None:
        while True:
            message = await self._outbox.get()
            await self._websocket.send_text(message.decode())


async def _awaited(delay: _Delay) -> None:
    await delay()
