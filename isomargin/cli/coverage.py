"""`isomargin coverage`: which lines and branches of the Vyper sources the recorded tests have run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from isomargin.coverage import coverage_page, lcov, measure, print_coverage, read_records, shown_name
from isomargin.errors import InputError
from isomargin.record import replace_file

__all__ = ["coverage"]

_DEFAULT = Path("out/coverage")
_WIDTH = 160  # where no terminal says otherwise


def coverage(
    directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR",
            help="Where the recordings are: what ISOMARGIN_COVERAGE named, by default `out/coverage`.",
        ),
    ] = None,
    source: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="File or folder to report on; may be repeated. By default the working directory and the "
            "contracts of isomargin.",
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write one HTML page with the marked sources.")
    ] = None,
    lcov_file: Annotated[
        Path | None, typer.Option("--lcov", metavar="FILE", help="Write an lcov tracefile.")
    ] = None,
    fail_under: Annotated[
        float | None,
        typer.Option(metavar="N", help="Exit with 1 if lines and branches together are below N per cent."),
    ] = None,
) -> int:
    """Show which lines and branches of the Vyper sources ran.

    Record first: every chain of a process that has ISOMARGIN_COVERAGE set notes what it executes.

        ISOMARGIN_COVERAGE=$PWD/out/coverage pytest

        isomargin coverage --html out/coverage.html --fail-under 90

    A branch has two outcomes: `if`, `elif`, the ternary, each operand of `and` and `or`, loops, assertions.
    `# coverage: ignore <reason>` takes a line out of the count.
    """
    if fail_under is not None and not 0 <= fail_under <= 100:
        raise InputError(f"--fail-under {fail_under:g}: expected 0 to 100")
    for path in source or ():
        if not path.exists():
            raise InputError(f"--source {path}: expected a file or folder, found none")
    records = read_records(directory or Path(os.environ.get("ISOMARGIN_COVERAGE") or _DEFAULT))
    console = Console(stderr=True)
    with console.status("compiling") as status:
        report = measure(records, source or (), lambda name: status.update(f"compiling {name}"))
    if fail_under is not None and report.stale:
        raise InputError(f"{', '.join(report.stale)}: source has changed since it was recorded; record again")
    print_coverage(report, Console() if Console().is_terminal else Console(width=_WIDTH))
    if html is not None:
        names = {file.path: shown_name(file) for file in report.files}
        replace_file(html, coverage_page(report, names).encode("utf-8"))
    if lcov_file is not None:
        replace_file(lcov_file, lcov(report).encode("utf-8"))
    if fail_under is not None and report.percent < fail_under:
        typer.echo(f"isomargin: coverage {report.percent:.2f}% is below {fail_under:g}%", err=True)
        return 1
    return 0
