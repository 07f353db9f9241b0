"""Writes the figures of a run into docs/engines.md: ``python -m benchmarks.document [out/bench.json]``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.table import figure

__all__ = ["BEGIN", "DOCUMENT", "END", "section", "with_section"]

DOCUMENT = Path(__file__).parents[1] / "docs" / "engines.md"
BEGIN, END = "<!-- bench: begin -->\n", "<!-- bench: end -->"
_HEAD = ("what", "ours", "against", "ratio", "target", "ours here", "theirs here")


def section(run: Mapping[str, Any]) -> str:
    """The table of a run: everything that was measured, then what a reader has to know."""
    rows = [row for row in run["rows"] if row["ours_value"] is not None]
    notes = list(dict.fromkeys(row["note"] for row in rows if row["note"]))
    lines = [_line(_HEAD), _line(["---", "---", "---", "---:", "---:", "---:", "---:"])]
    lines += [_line(_cells(row, notes)) for row in rows]
    lines += ["", *(f"{number}. {note}" for number, note in enumerate(notes, 1))]
    return "\n".join([*lines, "", _about(run["machine"])]) + "\n"


def _cells(row: Mapping[str, Any], notes: list[str]) -> list[str]:
    note = f" ({notes.index(row['note']) + 1})" if row["note"] else ""
    target = "" if row["target"] is None else f"{row['target']}{'' if row['reached'] else ', missed'}"
    values = (row["ours_value"], row["theirs_value"])
    figures = ["" if value is None else f"{figure(value)} {row['unit']}" for value in values]
    ratio = "" if row["ratio"] is None else f"{figure(row['ratio'])}x"
    what = f"{row['benchmark']}: {row['subject']}{note}"
    return [what, row["ours"], row["theirs"], ratio, target, *figures]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _about(machine: Mapping[str, Any]) -> str:
    load = ", ".join(map(str, machine["load"]))
    return (
        f"Measured on {machine['processors']} shared processors at a load of {load}. Ratios are medians of "
        "rounds in which both sides took turns; the figures beside them are of that machine alone."
    )


def with_section(document: str, table: str) -> str:
    """The document with what stands between the marks replaced.

    Raises
    ------
    ValueError
        If the marks are not there.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"expected the marks {BEGIN.strip()} and {END} in the document")
    return f"{before}{begin}{table}{end}{after}"


def main(arguments: list[str]) -> int:
    """Rewrite the document from a run's JSON; returns the exit code."""
    path = Path(arguments[0] if arguments else "out/bench.json")
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{path}: no figures of a run ({error}); scripts/bench writes them\n")
        return 2
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(with_section(text, section(run)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
