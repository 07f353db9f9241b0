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
_ENDLESS = 10_000
_OTHER_COLUMNS = 20  # characters of verdict, seconds and gaps
_LEAST_EXPECTED = 40
_TRACE_LINES = 60
_CENT = Decimal("0.01")


def print_results(results: Sequence[Result], *, durations: bool = False) -> None:
    """Print all that was played, and what is wrong with it."""
    console = Console(highlight=False, soft_wrap=True)
    if results:
        width = console.width if console.is_terminal else _WIDTH
        Console(highlight=False, width=_ENDLESS).print(_table(results, width, durations), soft_wrap=True)
    for result in results:
        for line in _paragraph(result):
            console.print(Text(line))
    console.print(Text(count_verdicts(results), style="bold"))


def _table(results: Sequence[Result], width: int, durations: bool) -> Table:
    """The cases, with what they expect cut to what is left of the width."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("scenario", "variant", "loss", "expected"):
        table.add_column(title, justify="right" if title == "loss" else "left", no_wrap=True)
    if durations:
        table.add_column("seconds", justify="right")
    table.add_column("verdict")
    rows = [(result.scenario, result.variant, _money(result)) for result in results]
    taken = sum(max(map(len, column)) + 1 for column in zip(*rows, strict=True)) + _OTHER_COLUMNS
    room = max(_LEAST_EXPECTED, width - taken)
    for result, row in zip(results, rows, strict=True):
        cells = [*row, _cut(result.expected or result.error, room)]
        cells += [f"{result.seconds:.1f}"] * durations
        table.add_row(*map(Text, cells), Text(result.verdict, style=_COLOURS[result.verdict]))
    return table


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 3].rstrip()}..."


def _money(result: Result) -> str:
    """A loss with thousands separated and cents, unless it is less; the files have every digit."""
    if not result.loss:
        return ""
    amount = Decimal(result.loss)
    text = f"{amount:,.2f}" if abs(amount) >= _CENT else f"{amount:f}"
    return f"{text} {result.token}"


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
