"""What a scripted scenario expected and how it came: verdicts of expectations, and how steps ended."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.record import ExpectationRow, RunRecord, StepRow

__all__ = ["ExpectationLine", "StepLine", "expectations", "steps"]

_SHOWN = 300


@dataclass(frozen=True)
class ExpectationLine:
    """One expectation: when it was judged, what had to hold, what was found."""

    holds: bool
    where: str
    that: str
    found: str
    because: str


@dataclass(frozen=True)
class StepLine:
    """One step; `tone` is good as expected, bad against it, and plain where nothing was to be said."""

    step: int
    label: str
    block: str
    by: str
    action: str
    result: str
    expected: str
    tone: str


def expectations(record: RunRecord) -> list[ExpectationLine]:
    """All expectations, those that failed first; 300 at most."""
    rows = sorted(record.expectations, key=lambda row: row.holds)
    return [_expectation(row) for row in rows[:_SHOWN]]


def steps(record: RunRecord) -> list[StepLine]:
    """All steps in the order of the script, but those against expectation first; 300 at most."""
    failed = {row.where for row in record.expectations if not row.holds}
    lines = [_step(row, failed) for row in record.steps]
    return sorted(lines, key=lambda line: line.tone != "bad")[:_SHOWN]


def _expectation(row: ExpectationRow) -> ExpectationLine:
    within = f" (within {row.tolerance} token units)" if row.tolerance not in ("", "0") else ""
    found = f"{row.left} against {row.right}" if row.right else row.left
    return ExpectationLine(row.holds, row.where, f"{row.that}{within}", found, row.because)


def _step(row: StepRow, failed: set[str]) -> StepLine:
    if row.success is None:
        result = f"never came; {row.reason}" if row.reason else "never came"
    elif row.success:
        result = "took effect"
    else:
        result = f"refused: {row.reason}" if row.reason else "refused without a reason"
    start = f"of step {row.step}"
    against = any(where.split(",")[0].split(' "')[0] == start for where in failed)
    tone = "bad" if against else "good" if row.success is not None else "plain"
    block = "" if row.block is None else str(row.block)
    return StepLine(row.step, row.label, block, row.by, row.action, result, row.expected, tone)
