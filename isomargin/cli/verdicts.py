"""What a finished run is to be blamed for: broken invariants, and expectations that failed."""

from __future__ import annotations

from isomargin.cli.exits import FAILED, complain
from isomargin.record import RunRecord, broken_invariant, failed_expectations, failure_text

__all__ = ["complain_of_failures"]


def complain_of_failures(record: RunRecord) -> int:
    """Print one line for the first of its kind, and return the exit code, 0 if there is none.

    A scenario that expects something of `violations` judges them itself.
    """
    code = 0
    if (broken := broken_invariant(record)) is not None:
        code = complain(f"{broken.invariant} broke in block {broken.block}: {broken.message}", FAILED)
    if failed := failed_expectations(record):
        more = f"; and {len(failed) - 1} more failed" if len(failed) > 1 else ""
        code = complain(failure_text(failed[0]) + more, FAILED)
    return code
