"""Servers that are no good node: they answer garbage, errors or nothing at all, on a port of this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

__all__ = ["answering", "serving", "silent"]

Reply = tuple[int, bytes]
"""HTTP status and body."""


@contextmanager
def serving(reply: Callable[[Any], Reply]) -> Iterator[str]:
    """Serve what `reply` makes of each request body, and give the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            status, body = reply(json.loads(self.rfile.read(length)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Keep quiet about clients that hung up."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answering(results: Mapping[str, Any]) -> Callable[[Any], Reply]:
    """A node that knows these methods only."""

    def answer(request: Any) -> dict[str, Any]:
        known = request["method"] in results
        outcome = (
            {"result": results[request["method"]]}
            if known
            else {"error": {"code": -32601, "message": "the method does not exist"}}
        )
        return {"jsonrpc": "2.0", "id": request["id"], **outcome}

    def reply(body: Any) -> Reply:
        answers = [answer(each) for each in body] if isinstance(body, list) else answer(body)
        return 200, json.dumps(answers).encode()

    return reply


@contextmanager
def silent() -> Iterator[str]:
    """Serve nothing: take the request and hold the line."""
    over = Event()

    def wait(_: Any) -> Reply:
        over.wait(20)
        return 200, b""

    try:
        with serving(wait) as url:
            yield url
            over.set()
    finally:
        over.set()
