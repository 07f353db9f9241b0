"""Writes a report in lcov's tracefile format, which editors and coverage services read."""

from __future__ import annotations

from collections.abc import Iterator

from isomargin.coverage.measure import FileCoverage, Report, State

__all__ = ["lcov"]


def lcov(report: Report) -> str:
    """Return the tracefile: DA per line (1 or 0 hits), BRDA per outcome, those that do not count left out."""
    return "".join(f"{line}\n" for file in report.files for line in _section(file))


def _section(file: FileCoverage) -> Iterator[str]:
    yield "TN:"
    yield f"SF:{file.path}"
    for number, branch in enumerate(file.branches):
        ran = file.lines.get(branch.line) is State.COVERED
        for outcome, state in enumerate(branch.outcomes):
            if state in {State.COVERED, State.MISSED}:
                hits = "1" if state is State.COVERED else "0" if ran else "-"
                yield f"BRDA:{branch.line},{number},{outcome},{hits}"
    yield f"BRF:{file.branch_tally.total}"
    yield f"BRH:{file.branch_tally.covered}"
    for line, state in file.lines.items():
        if state in {State.COVERED, State.MISSED}:
            yield f"DA:{line},{1 if state is State.COVERED else 0}"
    yield f"LF:{file.line_tally.total}"
    yield f"LH:{file.line_tally.covered}"
    yield "end_of_record"
