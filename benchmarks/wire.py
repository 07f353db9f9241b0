"""One connection to a JSON-RPC server, as cheap as Python makes it: it shall not be what is measured."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import orjson

__all__ = ["Connection", "request_body"]


def request_body(method: str, *params: Any) -> bytes:
    """Write a request; its id is always 1, because a connection has one under way."""
    return orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


class Connection:
    """A connection that is kept open, with one request under way.

    Parameters
    ----------
    url : str
        ``http://HOST:PORT``.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._place = parts.hostname or "127.0.0.1", parts.port or 80
        self._head = (
            f"POST / HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\ncontent-length: "
        ).encode()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, body: bytes) -> bytes:
        """Send a body and return that of the answer.

        Raises
        ------
        OSError, EOFError
            If the connection cannot be made or ends.
        ValueError
            If the answer is none of HTTP with a length.
        """
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._place, limit=2**26)
        assert self._reader is not None
        self._writer.write(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        _, found, rest = head.partition(b"content-length:")
        if not found:
            raise ValueError(f"expected an answer with a length, found {head[:80]!r}")
        return await self._reader.readexactly(int(rest.partition(b"\r\n")[0]))

    async def ask(self, method: str, *params: Any) -> Any:
        """Call a method and return its result.

        Raises
        ------
        ValueError
            If it is refused.
        """
        answer = orjson.loads(await self.post(request_body(method, *params)))
        if "result" not in answer:
            raise ValueError(f"{method}: {answer['error']}")
        return answer["result"]

    def close(self) -> None:
        """Close it; the next request opens another."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
