"""Reads the folder of a run for the commands that show it again."""

from __future__ import annotations

from pathlib import Path

from isomargin.errors import InputError
from isomargin.record import RunRecord, read

__all__ = ["read_run"]


def read_run(directory: Path) -> RunRecord:
    """The record in a folder, with words that help where there is none.

    Raises
    ------
    InputError
        If the folder holds no run, or not the files that the run wrote.
    """
    if not directory.is_dir():
        found = "a file" if directory.exists() else "nothing"
        raise InputError(f"{directory}: expected the folder of a run, found {found}")
    if not (directory / "run.json").exists():
        raise InputError(f"{directory}: expected what `isomargin run --out` leaves, found no run.json in it")
    return read(directory)
