"""How a command ends: its exit codes, and the one line on standard error that says why."""

from __future__ import annotations

import typer

__all__ = ["BAD_INPUT", "EXIT_CODES", "FAILED", "INTERRUPTED", "PAGE_EXIT_CODES", "complain"]

FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130

EXIT_CODES = (
    "Exit codes: **0** the run finished and the books balance, **1** an invariant broke, what the "
    "scenario expects did not come, or the run failed, "
    "**2** bad input, **130** interrupted."
)
PAGE_EXIT_CODES = "Exit codes: **0** the page is there, **2** bad input."


def complain(message: str, code: int) -> int:
    """Print a message as one line on standard error, and return the exit code that goes with it."""
    typer.echo(f"isomargin: {' '.join(message.split())}", err=True)
    return code
