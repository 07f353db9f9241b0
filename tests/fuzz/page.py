"""Writes the table of `docs/fuzzing.md` from what the machines' tests counted."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.fuzz.counts import Counts
from tests.fuzz.telling import COUNTS_FILE, load_counts

__all__ = ["BEGIN", "END", "PAGE", "table", "write_page"]

PAGE = Path(__file__).parents[2] / "docs" / "fuzzing.md"
BEGIN, END = "<!-- counts: written by scripts/fuzz --report -->", "<!-- end of counts -->"


def write_page(page: Path = PAGE, counts_file: Path = COUNTS_FILE) -> int:
    """Replace what stands between the markers; returns the exit code, 2 if there are no counts."""
    if not counts_file.is_file():
        print(f"{counts_file}: no counts; run scripts/test tests/fuzz/test_machines.py", file=sys.stderr)
        return 2
    text = page.read_text(encoding="utf-8")
    between = re.compile(rf"(?<={re.escape(BEGIN)}\n).*(?={re.escape(END)})", re.DOTALL)
    written = between.sub(lambda _: f"\n{table(load_counts(counts_file))}\n", text)
    page.write_text(written, encoding="utf-8")
    return 0


def table(machines: Mapping[str, Counts]) -> str:
    """How often each action was done and refused by each machine, and what else was seen."""
    names = sorted(machines)
    totals = [
        f"The {name} machine took {machines[name].attempts:,} actions in {machines[name].examples} examples."
        for name in names
    ]
    heads = [f"{name}: {outcome}" for name in names for outcome in ("done", "refused")]
    lines = [" ".join(totals), "", _row("action", *heads), _row("---", *("---:" for _ in heads))]
    for action in sorted({action for counts in machines.values() for action in counts.outcomes}):
        figures = [
            figure
            for name in names
            for figure in (machines[name].done(action), machines[name].refused(action))
        ]
        lines.append(_row(action, *figures))
    lines += ["", _row("besides", *names), _row("---", *("---:" for _ in names))]
    for what in sorted({what for counts in machines.values() for what in counts.seen}):
        lines.append(_row(what, *(machines[name].seen[what] for name in names)))
    return "\n".join(lines) + "\n"


def _row(*cells: object) -> str:
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells) + " |"
