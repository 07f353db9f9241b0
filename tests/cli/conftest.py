"""The command in this process, with what it printed and how it ended."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from isomargin.cli import main

SMALL = """\
name = "small"
seed = 3

[prices]
values = [100, 100, 80, 80]

[traders]
count = 3
notional = { min = 5_000, max = 20_000 }
leverage = { min = 15, max = 30 }
long_share = 1
open_over = 1

[gas]
price = 10
ether_price = 200
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A scenario of seconds: three longs that a crash ruins."""
    file = tmp_path / "small.toml"
    file.write_text(SMALL)
    return file


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run `isomargin` with arguments, as from a shell."""

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr("sys.argv", ["isomargin", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, printed.out, printed.err)

    return run


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that a browser was asked to open."""
    addresses: list[str] = []

    def open_it(address: str) -> bool:
        addresses.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", open_it)
    return addresses
