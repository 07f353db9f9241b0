"""Runs pytest inside a test, with the plugin whether or not its entry point is installed."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest

__all__ = ["COUNTER", "MODULE", "run", "run_apart", "write_counter"]

MODULE = "isomargin.pytest_plugin.plugin"

# pytester forgets what an inner run imports, and some of this can be imported only once in a process
for _name in ("coverage", "gas", "plugin", "scenarios", "sources", "stages"):
    import_module(f"isomargin.pytest_plugin.{_name}")
for _name in ("isomargin.chain.py_evm", "isomargin.chain.revm", "vyper.compiler", "hypothesis.strategies"):
    import_module(_name)

COUNTER = """
# pragma version 0.4.3
event Counted:
    by: indexed(address)
    number: uint256

number: public(uint256)


@external
def count(step: uint256 = 1):
    assert step > 0, "counter: no step"
    self.number += step
    log Counted(by=msg.sender, number=self.number)


@external
def reset():
    self.number = 0
"""


def _arguments(arguments: tuple[str, ...]) -> list[str]:
    is_installed = bool(entry_points(group="pytest11", name="isomargin"))
    loading = [] if is_installed else ["-p", MODULE]
    return ["-p", "no:cacheprovider", "-p", "no:randomly", *loading, *arguments]


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run in this process."""
    return pytester.runpytest_inprocess(*_arguments(arguments))


def run_apart(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run in a process of its own."""
    return pytester.runpytest_subprocess(*_arguments(arguments), timeout=300)


def write_counter(pytester: pytest.Pytester) -> Path:
    """Write a contract that knows nothing of margins."""
    folder = pytester.mkdir("contracts")
    file = folder / "Counter.vy"
    file.write_text(COUNTER)
    return file
