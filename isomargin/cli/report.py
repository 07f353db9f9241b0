"""`isomargin report`: the page of a run, made anew from its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isomargin.cli.keeping import keep_page
from isomargin.cli.opening import OpenOption, show_page
from isomargin.cli.reading import read_run

__all__ = ["report"]


def report(
    run_dir: Annotated[
        Path, typer.Argument(metavar="RUN_DIR", help="The folder that `isomargin run --out` left.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the page goes; `RUN_DIR/report.html` unless given."),
    ] = None,
    open_it: OpenOption = False,
) -> int:
    """Make the page of a run anew from its tables, and print where it is.

        isomargin report out/black_thursday --open

        isomargin report out/black_thursday --out night.html

    The page is one file that needs no network: send it, keep it, print it. Nothing is simulated: it is made
    from `run.json`, `summary.json` and the tables, Parquet or CSV; if you delete the tables of one format,
    the other will do. Use it after an update of isomargin, or for a run that came without its page.
    """
    page = run_dir / "report.html" if out is None else out
    keep_page(read_run(run_dir), page)
    show_page(page, wanted=open_it)
    return 0
