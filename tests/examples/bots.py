"""The example bots as processes of their own, and a market that they watch."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from tests.server.serve_command import Served

__all__ = ["BOTS", "SCENARIO", "Bot", "command_of", "drive", "running_bot", "until"]

BOTS = Path(__file__).parents[2] / "examples" / "bots"
SCENARIO = """\
name = "bots"
seed = 3

[prices]
values = [100, 100, 100]

[traders]
count = 12
notional = { min = 5_000, max = 10_000 }
leverage = { min = 8, max = 25 }
long_share = 1
open_over = 1
close_probability = 0
top_up = { share = 0 }
"""
_PATIENCE = 90.0  # seconds for what takes a few
_LIQUIDATED = re.compile(r"block (\d+): liquidated (\d+), reward")
_INSTALLATION = 240.0  # seconds


@dataclass
class Bot:
    """A running bot and what it has printed."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def liquidated(self) -> list[int]:
        """Ids in the order of its lines."""
        return [int(found[2]) for line in self.lines if (found := _LIQUIDATED.match(line))]

    def has_said(self, words: str) -> bool:
        """Whether a line has these words."""
        return any(words in line for line in self.lines)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()


def command_of(name: str, folder: Path) -> list[str]:
    """How to start a bot; skips the test where its language or library is missing."""
    if name.endswith(".py"):
        return [sys.executable, str(BOTS / name)]
    node = shutil.which("node")
    modules = _installed_modules()
    if node is None or modules is None:
        pytest.skip("no node and npm on the PATH, or viem could not be installed: the viem bot is not tried")
    shutil.copy(BOTS / name, folder)
    (folder / "node_modules").symlink_to(modules)
    return [node, str(folder / name)]


@contextmanager
def running_bot(command: Sequence[str], deployment: Path, *options: str) -> Iterator[Bot]:
    """Start a bot and end it with the block."""
    process = subprocess.Popen(
        [*command, str(deployment), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        start_new_session=True,
    )
    bot = Bot(process)
    reader = threading.Thread(target=_collect, args=(bot,), daemon=True)
    reader.start()
    try:
        yield bot
    finally:
        bot.kill()
        reader.join(_PATIENCE)
        assert process.stdout
        process.stdout.close()


def until(is_so: Callable[[], object], bots: Sequence[Bot]) -> None:
    """Wait for something; what the bots have printed says why it did not come."""
    deadline = time.monotonic() + _PATIENCE
    while not is_so():
        printed = "\n".join(line for bot in bots for line in bot.lines)
        assert time.monotonic() < deadline, f"it did not come:\n{printed}"
        time.sleep(0.05)


def drive(served: Served, bots: Sequence[Bot], is_so: Callable[[], object]) -> None:
    """Make block after block until something is so, each when there is something for it or after a while."""

    def next_block_and_look() -> object:
        for _ in range(20):
            if served.ask("isomargin_status")["pending"]:
                break
            time.sleep(0.05)
        served.ask("isomargin_step", 1)
        return is_so()

    until(next_block_and_look, bots)


def _collect(bot: Bot) -> None:
    assert bot.process.stdout
    for line in bot.process.stdout:
        bot.lines.append(line.rstrip("\n"))


@cache
def _installed_modules() -> Path | None:
    """The bots' node_modules, kept for the next time; None if they cannot be had."""
    root = Path(os.environ.get("ISOMARGIN_CACHE", Path.home() / ".cache" / "isomargin"))
    wanted = (BOTS / "package.json").read_text(encoding="utf-8")
    kept = root / "bots"
    written = kept / "package.json"
    if written.exists() and written.read_text(encoding="utf-8") == wanted:
        return kept / "node_modules"
    npm = shutil.which("npm")
    if npm is None:
        return None
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as draft:
        shutil.copy(BOTS / "package.json", draft)
        command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", draft]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_INSTALLATION)
        except subprocess.TimeoutExpired:
            return None
        if done.returncode:
            return None
        shutil.copytree(
            Path(draft) / "node_modules", kept / "node_modules", dirs_exist_ok=True, symlinks=True
        )
        shutil.copy(BOTS / "package.json", kept)  # last: it says that the rest is there
    return kept / "node_modules"
