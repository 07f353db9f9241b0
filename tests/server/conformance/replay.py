"""Plays cases against a server: on the chain that `stage.io` has prepared, which each leaves as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

from tests.server.conformance.exchanges import FOLDER, Case, Exchange, read_case
from tests.server.conformance.matching import ANYTHING, Names, differences, filled_in, shape_of

__all__ = ["Replayer", "prepared"]

_PATIENCE = 30.0  # seconds for an answer
_LARGEST_FRAME = 2**26


class Replayer:
    """A prepared server.

    Attributes
    ----------
    url : str
        Where it answers, ``http://HOST:PORT``.
    names : dict
        What the stage has captured: every case begins with these.
    """

    def __init__(self, url: str, names: Names) -> None:
        self.url, self.names = url, names
        self._session = requests.Session()

    def play(self, case: Case) -> list[str]:
        """Play a case and put the chain back; tells in which way the first wrong answer is wrong."""
        snapshot = self.ask("evm_snapshot")
        found = ["it was not played to its end"]
        try:
            found = self.play_as_it_is(case, dict(self.names))
        finally:
            if found:
                self._session.close()  # who refuses a body unread closes the connection, later perhaps
                self.ask("evm_mine")  # nothing of a case that was cut short shall wait for the next
            assert self.ask("evm_revert", snapshot) is True
        return found

    def play_as_it_is(self, case: Case, names: Names) -> list[str]:
        """Play a case for good; `names` grows."""
        if case.uses_socket:
            with connect(self.url.replace("http", "ws", 1), max_size=_LARGEST_FRAME) as socket:
                return _first(self._on_socket(socket, each, case, names) for each in case.exchanges)
        return _first(self._by_post(each, case, names) for each in case.exchanges)

    def ask(self, method: str, *params: Any) -> Any:
        """Call a method that has to succeed."""
        body: Any = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self._session.post(self.url, json=body, timeout=_PATIENCE).json()
        assert "result" in answer, answer
        return answer["result"]

    def _by_post(self, exchange: Exchange, case: Case, names: Names) -> Iterator[str]:
        body = filled_in(exchange.request, names).encode()
        try:
            answer = self._session.post(
                self.url, data=body, headers={"content-type": "application/json"}, timeout=_PATIENCE
            )
        except requests.ConnectionError as error:
            yield f"line {exchange.line}: no answer: {error}"
            return
        if not (answer.status_code == exchange.status if exchange.status else answer.ok):
            wanted = exchange.status or "2xx"
            yield f"line {exchange.line}: expected status {wanted}, found {answer.status_code}"
        [pattern] = exchange.answers
        yield from _compared(exchange, case, pattern, answer.text, names)

    def _on_socket(
        self, socket: ClientConnection, exchange: Exchange, case: Case, names: Names
    ) -> Iterator[str]:
        request = filled_in(exchange.request, names)
        socket.send(request.encode() if exchange.is_binary else request)
        awaited = list(exchange.answers)
        while awaited:
            try:
                frame = socket.recv(timeout=_PATIENCE)
            except TimeoutError:
                yield f"line {exchange.line}: no answer like {awaited[0][:300]}"
                return
            text = frame if isinstance(frame, str) else frame.decode()
            faults = [list(_compared(exchange, case, each, text, dict(names))) for each in awaited]
            if all(faults):
                yield from min(faults, key=len)
                return
            chosen = awaited.pop(next(place for place, found in enumerate(faults) if not found))
            yield from _compared(exchange, case, chosen, text, names)


def prepared(url: str) -> Replayer:
    """Play the stage on a server that mines when it is told to."""
    names: Names = {}
    replayer = Replayer(url, names)
    stage = read_case("stage", (FOLDER / "stage.io").read_text(encoding="utf-8"))
    found = replayer.play_as_it_is(stage, names)
    assert not found, found
    return replayer


def _compared(exchange: Exchange, case: Case, pattern: str, text: str, names: Names) -> Iterator[str]:
    where = f"line {exchange.line}"
    if pattern == ANYTHING:
        return
    if not pattern or not text:
        if pattern.strip() != text.strip():
            yield f"{where}: expected {pattern[:300] or 'nothing'}, found {text[:300] or 'nothing'}"
        return
    try:
        found = json.loads(text)
    except ValueError:
        yield f"{where}: expected JSON, found {text[:300]}"
        return
    wanted = json.loads(pattern)
    yield from differences(shape_of(wanted) if case.compares_shapes else wanted, found, names, where)


def _first(exchanges: Iterator[Iterator[str]]) -> list[str]:
    """The differences of the first exchange that has any."""
    return next((found for found in map(list, exchanges) if found), [])
