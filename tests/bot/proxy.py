"""A wire that a test can cut: a port of this machine that leads to another as long as it is whole."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

__all__ = ["Wire", "wire_to"]


class Wire:
    """Passes bytes on in both directions until it is cut; then it takes nobody in."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        self._target = (parts.hostname, parts.port)
        self._is_whole = True
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._take_in, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Hang up on everybody and take nobody in."""
        self._is_whole = False
        self._hang_up()

    def mend(self) -> None:
        """Let everybody through once more."""
        self._is_whole = True

    def close(self) -> None:
        self._is_over.set()
        self._thread.join()
        self._hang_up()
        self._listener.close()

    def _hang_up(self) -> None:
        while self._ends:
            with suppress(OSError):
                self._ends.pop().shutdown(socket.SHUT_RDWR)

    def _take_in(self) -> None:
        while not self._is_over.is_set():
            try:
                caller, _ = self._listener.accept()
            except TimeoutError:
                continue
            if not self._is_whole:
                caller.close()
                continue
            called = socket.create_connection(self._target)
            self._ends += [caller, called]
            for source, sink in ((caller, called), (called, caller)):
                threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            sink.sendall(chunk)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextmanager
def wire_to(url: str) -> Iterator[Wire]:
    """A wire that is gone with the block."""
    wire = Wire(url)
    try:
        yield wire
    finally:
        wire.close()
