"""`isomargin coverage`: which lines and branches of the Vyper sources the recorded tests have run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from isomargin.coverage import FileCoverage, Report, State, Tally, coverage_page, lcov, measure, read_records
from isomargin.errors import InputError
from isomargin.record import replace_file

__all__ = ["coverage"]

_DEFAULT = Path("out/coverage")


def coverage(
    directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR",
            help="Where the recordings are: what ISOMARGIN_COVERAGE named, by default `out/coverage`.",
        ),
    ] = None,
    source: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="File or folder to report on; may be repeated. By default the working directory and the "
            "contracts of isomargin.",
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write one HTML page with the marked sources.")
    ] = None,
    lcov_file: Annotated[
        Path | None, typer.Option("--lcov", metavar="FILE", help="Write an lcov tracefile.")
    ] = None,
    fail_under: Annotated[
        float | None,
        typer.Option(metavar="N", help="Exit with 1 if lines and branches together are below N per cent."),
    ] = None,
) -> int:
    """Show which lines and branches of the Vyper sources ran.

    Record first: every chain of a process that has ISOMARGIN_COVERAGE set notes what it executes.

        ISOMARGIN_COVERAGE=$PWD/out/coverage pytest

        isomargin coverage --html out/coverage.html --fail-under 90

    A branch has two outcomes: `if`, `elif`, the ternary, each operand of `and` and `or`, loops, assertions.
    `# coverage: ignore <reason>` takes a line out of the count.
    """
    if fail_under is not None and not 0 <= fail_under <= 100:
        raise InputError(f"--fail-under {fail_under:g}: expected 0 to 100")
    for path in source or ():
        if not path.exists():
            raise InputError(f"--source {path}: expected a file or folder, found none")
    records = read_records(directory or Path(os.environ.get("ISOMARGIN_COVERAGE") or _DEFAULT))
    console = Console(stderr=True)
    with console.status("compiling") as status:
        report = measure(records, source or (), lambda name: status.update(f"compiling {name}"))
    if fail_under is not None and report.stale:
        raise InputError(f"{', '.join(report.stale)}: source has changed since it was recorded; record again")
    _print(report)
    if html is not None:
        names = {file.path: _name(file) for file in report.files}
        replace_file(html, coverage_page(report, names).encode("utf-8"))
    if lcov_file is not None:
        replace_file(lcov_file, lcov(report).encode("utf-8"))
    if fail_under is not None and report.percent < fail_under:
        typer.echo(f"isomargin: coverage {report.percent:.2f}% is below {fail_under:g}%", err=True)
        return 1
    return 0


def _name(file: FileCoverage) -> str:
    here = Path.cwd()
    return str(file.path.relative_to(here) if file.path.is_relative_to(here) else file.path)


def _print(report: Report) -> None:
    table = Table(box=None, pad_edge=False, show_footer=True)
    lines, branches = report.line_tally, report.branch_tally
    table.add_column("source", footer="all", overflow="fold")
    for tally, noun in ((lines, "lines"), (branches, "branches")):
        table.add_column(noun, footer=str(tally.total), justify="right")
        table.add_column("run", footer=str(tally.covered), justify="right")
        table.add_column("%", footer=_percent(tally), justify="right")
    table.add_column("missed lines; branches", overflow="fold")
    for file in report.files:
        cells = [
            cell
            for tally in (file.line_tally, file.branch_tally)
            for cell in (str(tally.total), str(tally.covered), _percent(tally))
        ]
        table.add_row(Text(_name(file)), *cells, Text(_missed(file)))
    console = Console() if Console().is_terminal else Console(width=160)
    console.print(table)
    for text in (*_exceptions(report), *report.notes):
        console.print(Text(text))


def _percent(tally: Tally) -> str:
    """Never 100.0 while something is missing."""
    return f"{min(tally.percent, 99.9) if tally.covered < tally.total else tally.percent:.1f}"


def _missed(file: FileCoverage) -> str:
    missing = file.lines_in(State.MISSED)
    parts = _ranges(missing, list(file.lines))
    outcomes = [
        f"{branch.line} {branch.label}: {outcome}"
        for branch in file.branches
        if branch.line not in missing
        for outcome in branch.missed()
    ]
    return "; ".join(filter(None, [", ".join(parts), *outcomes]))


def _ranges(numbers: Sequence[int], counted: Sequence[int]) -> list[str]:
    """Write numbers as ranges, where lines between them that do not count make no gap."""
    if not numbers:
        return []
    place = {number: index for index, number in enumerate(sorted(counted))}
    starts = [numbers[0], *(b for a, b in pairwise(numbers) if place[b] != place[a] + 1)]
    ends = [*(a for a, b in pairwise(numbers) if place[b] != place[a] + 1), numbers[-1]]
    return [str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True)]


def _exceptions(report: Report) -> list[str]:
    """What does not count: lines without code, and lines that their author excepts."""
    found = []
    for file in report.files:
        for state, words in ((State.UNREACHABLE, "no code"), (State.UNKNOWN, "cannot be told")):
            if idle := file.lines_in(state):
                found.append(
                    f"{_name(file)}: {words}, not counted: {', '.join(_ranges(idle, list(file.lines)))}"
                )
        found += [f"{_name(file)}:{item.line}: ignored: {item.reason}" for item in file.ignored]
    return found
