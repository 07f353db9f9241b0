"""Where a command keeps what it made: asked for before the work, written after it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from isomargin.errors import InputError
from isomargin.invariants import INVARIANTS
from isomargin.record import RunRecord, write
from isomargin.report import write_report

__all__ = ["check_writable", "keep", "keep_page"]


def check_writable(directory: Path) -> None:
    """Refuse a place that cannot be written before the run, not after it."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise InputError(f"--out {directory}: expected a directory to write to ({error.strerror})") from None


def keep(record: RunRecord, directory: Path) -> None:
    """Write a record and its report."""
    write(record, directory)
    keep_page(record, directory / "report.html")


def keep_page(record: RunRecord, path: Path) -> None:
    """Write the page of a record, with what each invariant says."""
    sentences = {number: f"{held.name}: {held.sentence}" for number, held in INVARIANTS.items()}
    write_report(record, path, sentences)
