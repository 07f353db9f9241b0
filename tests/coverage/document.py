"""Writes the coverage of this project's contracts into docs/coverage.md, after a run of the whole suite.

``python -m tests.coverage.document DIR`` reads the recordings in `DIR`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from isomargin.contracts import contracts_root
from isomargin.coverage import FileCoverage, Report, State, Tally, measure, read_records

__all__ = ["BEGIN", "DOCUMENT", "END", "section", "with_section"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "coverage.md"
BEGIN, END = "<!-- this project: begin -->\n", "\n<!-- this project: end -->"
PERFECT = "100"


def section(report: Report, root: Path) -> str:
    """The table, a row a file, then what it does not count; paths are those below `root`."""
    rows = [
        row(f"`{file.path.relative_to(root).as_posix()}`", file.line_tally, file.branch_tally)
        for file in report.files
    ]
    total = row("all", report.line_tally, report.branch_tally)
    head = ["| source | lines | run | % | outcomes | seen | % |", "|---|---:|---:|---:|---:|---:|---:|"]
    left_out = list(exceptions(report, root)) or ["Nothing is left out."]
    return "\n".join([*head, *rows, total, "", "Not counted:", "", *left_out])


def row(name: str, lines: Tally, outcomes: Tally) -> str:
    cells = [
        cell
        for tally in (lines, outcomes)
        for cell in (f"{tally.total:,}", f"{tally.covered:,}", percent(tally))
    ]
    return f"| {' | '.join([name, *cells])} |"


def percent(tally: Tally) -> str:
    """Never 100 while something is missing."""
    return PERFECT if tally.covered == tally.total else f"{min(tally.percent, 99.9):.1f}"


def exceptions(report: Report, root: Path) -> Iterator[str]:
    """Each line that does not count, and why."""
    for file in report.files:
        name = file.path.relative_to(root).as_posix()
        for item in file.ignored:
            yield f"- `{name}:{item.line}`: {item.reason}"
        for state, why in ((State.UNREACHABLE, "no code"), (State.UNKNOWN, "cannot be told")):
            for line in file.lines_in(state):
                yield f"- `{name}:{line}`, `{text_of(file, line)}`: {why}"


def text_of(file: FileCoverage, line: int) -> str:
    return file.text.splitlines()[line - 1].strip()


def with_section(document: str, text: str) -> str:
    """The document with what stands between the marks replaced."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT.name}: expected the marks {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}{text}{END}{after}"


def main() -> None:
    """Rewrite the document from the recordings in the folder that the command line names."""
    root = contracts_root()
    text = section(measure(read_records(Path(sys.argv[1])), [root]), root)
    DOCUMENT.write_text(with_section(DOCUMENT.read_text(encoding="utf-8"), text), encoding="utf-8")


if __name__ == "__main__":
    main()
