"""`--isomargin-gas`: what every function cost in the tests, as a table and against former figures."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median_low
from typing import Any

import pytest

from isomargin.chain.metering import GasMeter, metering

__all__ = ["GasReport", "GasRow", "changes", "read_snapshot", "rows_of", "snapshot_text"]

_FORMAT = 1
_OUTPUT = "isomargin_gas"  # among what a worker of pytest-xdist sends home
_FIGURES = ("min", "median", "max")


@dataclass(frozen=True, slots=True)
class GasRow:
    """What one function cost, gas; the median is a cost that occurred."""

    calls: int
    min: int
    median: int
    max: int


def rows_of(used: Mapping[str, list[int]]) -> dict[str, GasRow]:
    """Sum up the costs of each function, by name."""
    return {
        name: GasRow(len(costs), min(costs), median_low(costs), max(costs))
        for name, costs in sorted(used.items())
    }


def snapshot_text(rows: Mapping[str, GasRow]) -> str:
    """Write rows as the JSON of a gas file."""
    functions = {name: asdict(row) for name, row in rows.items()}
    return json.dumps({"format": _FORMAT, "functions": functions}, indent=2) + "\n"


def read_snapshot(file: Path) -> dict[str, GasRow]:
    """Read a gas file.

    Raises
    ------
    pytest.UsageError
        If it is none: one line.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["format"] != _FORMAT:
            raise ValueError(f"format {content['format']}")
        return {name: GasRow(**row) for name, row in content["functions"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise pytest.UsageError(f"--isomargin-gas: {file}: not a gas file ({error})") from None


def changes(now: GasRow, before: GasRow | None) -> str:
    """Say how a function's figures differ from former ones; empty if they do not."""
    if before is None:
        return "new"
    parts = []
    for figure in _FIGURES:
        old, new = getattr(before, figure), getattr(now, figure)
        if new != old:
            share = f" ({(new - old) / old:+.1%})" if old else ""
            parts.append(f"{figure} {new - old:+,}{share}")
    if not parts and now.calls != before.calls:
        parts.append(f"calls {now.calls - before.calls:+,}")
    return ", ".join(parts)


class GasReport:
    """The plugin behind the option: meters tests, gathers what workers metered, and tells at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._meter = GasMeter()
        self._lost = 0  # workers that died with their figures
        name: str = config.getoption("isomargin_gas") or ""
        self._is_update: bool = config.getoption("isomargin_gas_update")
        if name and not name.endswith(".json"):
            raise pytest.UsageError(f"--isomargin-gas: expected a file FILE.json, found {name!r}")
        if self._is_update and not name:
            raise pytest.UsageError("--isomargin-gas-update: needs --isomargin-gas=FILE.json")
        self._file = config.invocation_params.dir / name if name else None
        self._before = read_snapshot(self._file) if self._file is not None and self._file.exists() else None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, Any, Any]:
        """Meter what a test and its own fixtures do."""
        with metering(self._meter):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Leave out what tests share: how often it is made depends on the number of workers."""
        if fixturedef.scope == "function":
            return (yield)
        with self._meter.paused():
            return (yield)

    def pytest_sessionfinish(self) -> None:
        """Send the figures of a worker home."""
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_OUTPUT] = [self._meter.used, sorted(self._meter.silent)]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take the figures of a worker in."""
        sent = getattr(node, "workeroutput", {}).get(_OUTPUT)
        if sent is None:
            self._lost += 1
            return
        used, silent = sent
        self._meter.silent.update(silent)
        for name, costs in used.items():
            self._meter.used.setdefault(name, []).extend(costs)

    def pytest_terminal_summary(self, terminalreporter: Any, exitstatus: int) -> None:
        """Print the table; write the file if there is none yet, or if it is to be updated."""
        rows = rows_of(self._meter.used)
        terminalreporter.section("gas by function (isomargin)", "-")
        for line in self._lines(rows):
            terminalreporter.write_line(line)
        if self._file is not None and rows:
            for line in self._kept(self._file, rows, exitstatus):
                terminalreporter.write_line(line)

    def _lines(self, rows: Mapping[str, GasRow]) -> Iterator[str]:
        if rows:
            yield from _table(rows, self._before)
        elif not self._meter.silent:
            yield "no transaction succeeded that called a contract"
        for engine in sorted(self._meter.silent):
            yield f"engine {engine} counts no gas; --isomargin-engine=py-evm does"
        if self._lost:
            yield f"the figures of {self._lost} crashed workers are missing"

    def _kept(self, file: Path, rows: Mapping[str, GasRow], exitstatus: int) -> Iterator[str]:
        before = self._before
        if before is not None:
            changed = sum(1 for name, row in rows.items() if name in before and changes(row, before[name]))
            new, absent = rows.keys() - before.keys(), before.keys() - rows.keys()
            yield f"against {file.name}: {changed} changed, {len(new)} new, {len(absent)} not called"
        if before is not None and not self._is_update:
            return
        if exitstatus != 0:
            yield f"{file.name}: not written, as tests failed"
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(snapshot_text(rows), encoding="utf-8")
        yield f"{file.name}: written"


def _table(rows: Mapping[str, GasRow], before: Mapping[str, GasRow] | None) -> Iterator[str]:
    cells: list[tuple[str, ...]] = [("function", "calls", *_FIGURES)]
    cells += [(name, *(f"{figure:,}" for figure in _figures(row))) for name, row in rows.items()]
    notes = [""] + ["" if before is None else changes(row, before.get(name)) for name, row in rows.items()]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row, note in zip(cells, notes, strict=True):
        name, *figures = row
        aligned = [f"{cell:>{width}}" for cell, width in zip(figures, widths[1:], strict=True)]
        yield "  ".join([f"{name:<{widths[0]}}", *aligned, note]).rstrip()


def _figures(row: GasRow) -> Iterable[int]:
    return row.calls, row.min, row.median, row.max
