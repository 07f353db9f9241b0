"""An anvil for tests: found or installed, started on a free port of this machine, ended by its own id."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests

from isomargin.chain.node_kinds import Genesis, start_command

__all__ = ["DEFAULT_GENESIS", "Anvil", "free_port", "running_anvil"]

_PACKAGE = "@foundry-rs/anvil@1.7.1"
_MISSING = f"no anvil: put one on the PATH, name one in ANVIL, or have npm on the PATH to install {_PACKAGE}"
DEFAULT_GENESIS = Genesis(
    chain_id=1337, timestamp=1_577_836_800, base_fee=0, gas_limit=36_000_000, unlimited_code=False
)
_PATIENCE = 20.0  # seconds until it answers


class Anvil:
    """A running anvil."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self._process = process

    def ask(self, method: str, *params: Any) -> Any:
        """Send a request past the engine."""
        body: Any = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        return requests.post(self.url, json=body, timeout=_PATIENCE).json()["result"]

    def kill(self) -> None:
        """End it, with whatever it started itself."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@cache
def _anvil_program() -> str | None:
    """The path of anvil, from ANVIL, the PATH, the cache, or newly installed; None if there is none."""
    if given := os.environ.get("ANVIL") or shutil.which("anvil"):
        return given
    kept = Path(os.environ.get("ISOMARGIN_CACHE", Path.home() / ".cache" / "isomargin")) / "anvil"
    return _binary_in(kept) or _install(kept)


def _binary_in(folder: Path) -> str | None:
    """The program itself and not npm's script around it."""
    return next(map(str, folder.glob("node_modules/@foundry-rs/anvil-*/bin/anvil")), None)


def _install(kept: Path) -> str | None:
    npm = shutil.which("npm")
    if npm is None:
        return None
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as draft:
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", draft, _PACKAGE]
        try:
            done = subprocess.run(command, capture_output=True, timeout=180)
        except subprocess.TimeoutExpired:
            return None
        if done.returncode == 0 and _binary_in(kept) is None:  # another process may have been faster
            shutil.copytree(draft, kept, dirs_exist_ok=True)
    return _binary_in(kept)


def free_port() -> int:
    """A port of this machine that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_anvil(genesis: Genesis = DEFAULT_GENESIS, *options: str, order: str = "fifo") -> Iterator[Anvil]:
    """Start anvil by the command that the engine tells its users, and end it with the block."""
    program = _anvil_program()
    if program is None:
        pytest.skip(_MISSING)
    url = f"http://127.0.0.1:{free_port()}"
    _, *words = shlex.split(start_command(url, genesis).replace("--order fifo", f"--order {order}"))
    process = subprocess.Popen(
        [program, *words, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    anvil = Anvil(url, process)
    try:
        _wait_for(anvil, process)
        yield anvil
    finally:
        anvil.kill()


def _wait_for(anvil: Anvil, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            anvil.ask("eth_chainId")
            return
        except requests.RequestException:
            assert process.poll() is None, f"anvil ended with {process.returncode}"
            assert time.monotonic() < deadline, f"anvil did not answer within {_PATIENCE} s"
            time.sleep(0.02)
