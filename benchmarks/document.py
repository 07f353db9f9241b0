"""Writes figures into docs/engines.md and docs/server.md: ``python -m benchmarks.document [FILE...]``.

Of several runs, the last one that measured a benchmark is taken for it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.table import figure

__all__ = [
    "BEGIN",
    "DOCUMENT",
    "END",
    "SERVER_DOCUMENT",
    "joined",
    "section",
    "server_section",
    "with_section",
]

DOCUMENT = Path(__file__).parents[1] / "docs" / "engines.md"
SERVER_DOCUMENT = DOCUMENT.with_name("server.md")
BEGIN, END = "<!-- bench: begin -->\n", "<!-- bench: end -->"
_SERVER = "server"
_DEMO = "demo"
_DEMO_FIGURES = (
    "transactions", "liquidations", "memory MB", "EVM", "ABI", "checks", "records", "book", "people", "rest",
)  # fmt: skip
_HEAD = ("what", "ours", "against", "ratio", "target", "ours here", "theirs here")


def section(run: Mapping[str, Any]) -> str:
    """The table of a run: everything that was measured but the server, then what a reader has to know.

    A second table says of the demo's runs where their time went, and how much memory they took.
    """
    rows = [row for row in _measured(run) if row["benchmark"] != _SERVER]
    notes = list(dict.fromkeys(row["note"] for row in rows if row["note"]))
    lines = [_line(_HEAD), _line(["---", "---", "---", "---:", "---:", "---:", "---:"])]
    lines += [_line(_cells(row, notes)) for row in rows]
    lines += ["", *(f"{number}. {note}" for number, note in enumerate(notes, 1)), "", _about(run["machine"])]
    if demo := [row for row in rows if row["benchmark"] == _DEMO and row["details"]]:
        lines += ["", *_demo_lines(demo)]
    return "\n".join(lines) + "\n"


def _demo_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield _line(("demo", "engine", "time", *_DEMO_FIGURES))
    yield _line(["---", "---", *["---:"] * (1 + len(_DEMO_FIGURES))])
    for row in rows:
        time = f"{figure(row['ours_value'])} {row['unit']}"
        details = [row["details"].get(name, "") for name in _DEMO_FIGURES]
        shown = [f"{each:,}" if isinstance(each, int) else each for each in details]
        yield _line((row["subject"], row["ours"], time, *shown))


def server_section(run: Mapping[str, Any]) -> str:
    """The table of the server under load, with its latencies."""
    rows = [row for row in _measured(run) if row["benchmark"] == _SERVER]
    notes = list(dict.fromkeys(row["note"] for row in rows if row["note"]))
    latencies = [f"{whose} p50/p95/p99" for whose in ("ours", "theirs")]
    lines = [_line((*_HEAD[:4], *_HEAD[5:], *latencies)), _line(["---"] * 3 + ["---:"] * 5)]
    for row in rows:
        what, ours, theirs, ratio, _, *figures = _cells(row, notes)
        waits = [row["details"].get(name, "") for name in latencies]
        lines.append(_line([what.removeprefix(f"{_SERVER}: "), ours, theirs, ratio, *figures, *waits]))
    lines += ["", *(f"{number}. {note}" for number, note in enumerate(notes, 1))]
    return "\n".join([*lines, "", _about(run["machine"])]) + "\n"


def joined(runs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """One run out of several: of each benchmark the rows of the last run that measured it, and all loads."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        names = dict.fromkeys(row["benchmark"] for row in run["rows"])
        for name in names:
            rows[name] = [row for row in run["rows"] if row["benchmark"] == name]
    loads = [load for run in runs for load in run["machine"]["load"][:1]]
    machine = runs[-1]["machine"] if len(runs) == 1 else {**runs[-1]["machine"], "load": loads}
    return {"machine": machine, "rows": [row for each in rows.values() for row in each]}


def _measured(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for row in run["rows"] if row["ours_value"] is not None]


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
    """Rewrite the documents from runs' JSON, those that there are figures for; returns the exit code."""
    runs = []
    for path in arguments or ["out/bench.json"]:
        try:
            runs.append(json.loads(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            sys.stderr.write(f"{path}: no figures of a run ({error}); scripts/bench writes them\n")
            return 2
    run = joined(runs)
    measured = {row["benchmark"] for row in _measured(run)}
    if measured - {_SERVER}:
        _rewrite(DOCUMENT, section(run))
    if _SERVER in measured:
        _rewrite(SERVER_DOCUMENT, server_section(run))
    return 0


def _rewrite(document: Path, table: str) -> None:
    text = document.read_text(encoding="utf-8")
    document.write_text(with_section(text, table), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
