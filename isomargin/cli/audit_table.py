"""What `isomargin audit` prints: a table of the cases, and a paragraph for each that failed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from isomargin.audit import Result, count_verdicts

__all__ = ["print_results"]

_COLOURS = {"pass": "green", "FAIL": "bold red", "ERROR": "bold red"}
_WIDTH = 120  # of a table in a pipe
_TRACE_LINES = 60


def print_results(results: Sequence[Result], *, durations: bool = False) -> None:
    """Print all that was played, and what is wrong with it."""
    console = Console(highlight=False, soft_wrap=True)
    if results:
        table_console = Console(highlight=False, width=None if console.is_terminal else _WIDTH)
        table_console.print(_table(results, durations))
    for result in results:
        for line in _paragraph(result):
            console.print(Text(line))
    console.print(Text(count_verdicts(results), style="bold"))


def _table(results: Sequence[Result], durations: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    table.add_column("scenario", overflow="fold")
    table.add_column("variant", overflow="fold")
    table.add_column("loss", justify="right", no_wrap=True)
    table.add_column("expected", ratio=1, no_wrap=True, overflow="ellipsis")
    if durations:
        table.add_column("seconds", justify="right")
    table.add_column("verdict")
    for result in results:
        cells = [result.scenario, result.variant, _money(result), result.expected or result.error]
        cells += [f"{result.seconds:.1f}"] * durations
        table.add_row(*map(Text, cells), Text(result.verdict, style=_COLOURS[result.verdict]))
    return table


def _money(result: Result) -> str:
    """A loss with thousands separated and cents; the files have every digit."""
    if not result.loss:
        return ""
    amount = Decimal(result.loss)
    return f"{amount:,.2f} {result.token}" if amount else f"0 {result.token}"


def _paragraph(result: Result) -> list[str]:
    if result.verdict == "pass":
        return []
    variant = f" [{result.variant}]" if result.variant else ""
    lines = ["", f"{result.verdict} {result.file}{variant}"]
    if result.error:
        lines.append(f"  {result.error}")
    for failure in result.failures:
        lines.append(f"  {failure.sentence()}")
        trace = failure.trace.splitlines()
        lines += [f"    {line}" for line in trace[:_TRACE_LINES]]
        if len(trace) > _TRACE_LINES:
            lines.append(f"    ... and {len(trace) - _TRACE_LINES} lines more")
    lines.append(f"  replay: {result.command}")
    if result.bundle:
        lines.append(f"  bundle: isomargin audit --replay {result.bundle}")
    return [*lines, ""]
