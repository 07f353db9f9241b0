"""Which expectations of a run failed, and what to say of it."""

from __future__ import annotations

from isomargin.record.rows import CheckRow, ExpectationRow
from isomargin.record.run import RunRecord

__all__ = ["broken_invariant", "failed_expectations", "failure_text"]


def failed_expectations(record: RunRecord) -> list[ExpectationRow]:
    """Those that do not hold, in the order of the record."""
    return [row for row in record.expectations if not row.holds]


def broken_invariant(record: RunRecord) -> CheckRow | None:
    """The first check that found an invariant broken; none where the scenario judges `violations` itself."""
    if any("violations" in row.that for row in record.expectations):
        return None
    return next((check for check in record.checks if check.violations), None)


def failure_text(row: ExpectationRow) -> str:
    """One line: what was expected, and when, and what was found."""
    within = f" within {row.tolerance} token units" if row.tolerance not in ("", "0") else ""
    found = f"{row.left} against {row.right}" if row.right else row.left
    because = f" ({row.because})" if row.because else ""
    return f"expected {row.where}: {row.that}{within}, found {found}{because}"
