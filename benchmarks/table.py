"""The table that a run prints, and the file that it writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import warning_of
from benchmarks.rows import Row

__all__ = ["figure", "new_console", "print_head", "print_table", "write_json"]

_WIDTH = 170  # of a table in a pipe


def print_head(facts: dict[str, Any], console: Console) -> None:
    """Print the machine, the versions, and a warning if others are at work."""
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    load = ", ".join(map(str, facts["load"]))
    console.print(
        f"{facts['processors']} processors, load {load}; {facts['system']}, Python {facts['python']}"
    )
    console.print(versions)
    if warning := warning_of(facts):
        console.print(f"warning: {warning}", style="bold red")


def print_table(rows: Sequence[Row], console: Console) -> None:
    """Print a table for each benchmark, and below it the notes that its rows refer to."""
    for benchmark in dict.fromkeys(row.benchmark for row in rows):
        chosen = [row for row in rows if row.benchmark == benchmark]
        notes = list(dict.fromkeys(row.note for row in chosen if row.note))
        table = Table(title=benchmark, title_justify="left", title_style="bold")
        for name in ("subject", "ours", "against"):
            table.add_column(name, overflow="fold")
        for name in ("ours", "theirs", "ratio", "target", "clock, rounds", "note"):
            table.add_column(name, justify="right", no_wrap=True)
        if any(row.details for row in chosen):
            table.add_column("details", overflow="fold")
        for row in chosen:
            table.add_row(*_cells(row, notes))
        console.print(table)
        for number, note in enumerate(notes, 1):
            console.print(f"  [{number}] {note}")


def new_console() -> Console:
    """Standard output; as wide as a terminal is, and wide in a pipe."""
    console = Console(highlight=False, markup=False, emoji=False)
    return (
        console if console.is_terminal else Console(width=_WIDTH, highlight=False, markup=False, emoji=False)
    )


def write_json(
    facts: dict[str, Any], rows: Sequence[Row], path: Path, *, is_quick: bool, complete: bool
) -> None:
    """Write the run: `machine`, `quick`, `complete` (false after Ctrl-C), and `rows` as in `Row.as_json`."""
    content = {
        "machine": facts,
        "quick": is_quick,
        "complete": complete,
        "rows": [row.as_json() for row in rows],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _cells(row: Row, notes: Sequence[str]) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{figure(row.ratio)}x"
    target = "" if row.target is None else str(row.target)
    if row.target is not None and row.ratio is not None:
        target += " yes" if row.target.holds(row.ratio) else " NO"
    rounds = f"{row.clock}, {row.rounds}" if row.rounds else ""
    note = f"[{notes.index(row.note) + 1}]" if row.note else ""
    details = ", ".join(f"{name} {value}" for name, value in row.details.items())
    values = (_value(row.ours_value, row.unit), _value(row.theirs_value, row.unit))
    cells = (row.subject, row.ours, row.theirs, *values, ratio, target, rounds, note)
    return (*cells, details) if details else cells


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{figure(value)}/s" if unit == "1/s" else f"{figure(value)} {unit}"


def figure(value: float) -> str:
    """Write a number with the three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
