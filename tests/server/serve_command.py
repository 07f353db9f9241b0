"""A scenario served by the real command in a process of its own, on a free port of this machine."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import requests

from isomargin.protocol import Deployment, read_deployment

__all__ = ["Served", "serving"]

_PATIENCE = 120.0  # seconds until it listens, on a machine that has other things to do


class Served:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str], directory: Path, lines: queue.Queue[str]) -> None:
        self.process = process
        self.directory = directory
        self._lines = lines
        self.ready_line = self.line()
        self._session = requests.Session()

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.ready_line.split()[2]

    @property
    def deployment_file(self) -> Path:
        """What it wrote for bots."""
        return self.directory / "deployment.json"

    @property
    def deployment(self) -> Deployment:
        """The same, read."""
        return read_deployment(self.deployment_file)

    def line(self) -> str:
        """Wait for the next line of its standard output; the empty text after the last."""
        return self._lines.get(timeout=_PATIENCE).rstrip("\n")

    def answer(self, method: str, *params: Any) -> dict[str, Any]:
        """Send one request and return the whole answer."""
        body: Any = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        answer: dict[str, Any] = self._session.post(self.url, json=body, timeout=60).json()
        return answer

    def ask(self, method: str, *params: Any) -> Any:
        """Send one request and return its result."""
        answer = self.answer(method, *params)
        assert "result" in answer, answer
        return answer["result"]

    def stop(self) -> str:
        """End it as Ctrl-C would, and return what it printed after the first line."""
        self.process.send_signal(signal.SIGINT)
        return self.rest()

    def rest(self) -> str:
        """Wait until it ends by itself, and return what it printed after the first line."""
        self.process.wait(timeout=_PATIENCE)
        lines = []
        while line := self._lines.get(timeout=_PATIENCE):
            lines.append(line)
        return "".join(lines)


@contextmanager
def serving(scenario: Path | str, directory: Path, *options: str) -> Iterator[Served]:
    """Serve a scenario file until the context ends; files go to the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "isomargin", "serve", str(scenario), "--port", "0"]
    words += ["--deployment", str(directory / "deployment.json"), *options]
    with (directory / "errors.txt").open("w") as errors:
        process = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    threading.Thread(target=_collect, args=(process.stdout, lines), daemon=True).start()
    try:
        served = Served(process, directory, lines)
        assert served.ready_line.startswith("listening on "), (directory / "errors.txt").read_text()
        yield served
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=_PATIENCE)


def _collect(stream: IO[str], into: queue.Queue[str]) -> None:
    with stream:
        for line in stream:
            into.put(line)
    into.put("")
