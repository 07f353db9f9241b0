"""`--isomargin-coverage`: records what tests run of Vyper sources, in all workers, and prints the table."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from isomargin.chain.recording import VARIABLE, active_recording
from isomargin.coverage import ContractRecord, Records, measure, print_coverage, read_records
from isomargin.errors import InputError

__all__ = ["CoverageReport"]

_WIDTH = 120  # columns of the table


class CoverageReport:
    """The plugin behind the option.

    Recordings go where ISOMARGIN_COVERAGE says; where it says nothing, to a folder that is gone afterwards.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._own: tempfile.TemporaryDirectory[str] | None = None
        if not os.environ.get(VARIABLE):
            self._own = tempfile.TemporaryDirectory(prefix="isomargin-coverage-")
            os.environ[VARIABLE] = self._own.name  # before workers start: they inherit it
        self._folder = Path(os.environ[VARIABLE]).absolute()  # now: a test may change the working directory

    def pytest_sessionfinish(self) -> None:
        """Save what this process recorded: a worker of pytest-xdist ends without ceremony."""
        kept = active_recording()
        if kept is not None:
            kept.save(self._folder)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Measure what all processes recorded, and print it."""
        terminalreporter.section("coverage of Vyper sources (isomargin)", "-")
        for line in self._lines():
            terminalreporter.write_line(line)

    def pytest_unconfigure(self) -> None:
        """Leave the environment as it was."""
        if self._own is not None:
            os.environ.pop(VARIABLE, None)
            self._own.cleanup()

    def _lines(self) -> Iterator[str]:
        root = self._config.rootpath.resolve()
        try:
            records = read_records(self._folder)
        except InputError:
            yield "nothing was recorded: no contract ran on engine py-evm"
            return
        own = [record for record in records.contracts if _is_own(record, root)]
        try:
            report = measure(Records(own, records.unknown), [root]) if own else measure(records)
        except InputError as error:
            yield str(error)
            return
        text = StringIO()
        print_coverage(report, Console(file=text, width=_WIDTH))
        yield from text.getvalue().splitlines()


def _is_own(record: ContractRecord, root: Path) -> bool:
    """Whether a contract is the project's: its source lies below the root, in no installed package."""
    return any(
        origin.source.is_relative_to(root)
        and "site-packages" not in origin.source.relative_to(root).parts
        and origin.source.is_file()
        for origin in record.origins
    )
