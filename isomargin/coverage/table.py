"""The coverage of every source file as a table for a terminal, and what a reader must know besides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from isomargin.coverage.measure import FileCoverage, Report, State, Tally

__all__ = ["print_coverage", "shown_name"]


def shown_name(file: FileCoverage) -> str:
    """The path of a file, from the working directory where it lies below."""
    here = Path.cwd()
    return str(file.path.relative_to(here) if file.path.is_relative_to(here) else file.path)


def print_coverage(report: Report, console: Console) -> None:
    """Print a row for each file, the sums, what does not count, and the notes of the report."""
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
        table.add_row(Text(shown_name(file)), *cells, Text(_missed(file)))
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
                    f"{shown_name(file)}: {words}, not counted: {', '.join(_ranges(idle, list(file.lines)))}"
                )
        found += [f"{shown_name(file)}:{item.line}: ignored: {item.reason}" for item in file.ignored]
    return found
