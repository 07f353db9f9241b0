"""Shows a page to who asked for it, in the browser of this machine, if it has one."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["OpenOption", "show_page"]

OpenOption = Annotated[bool, typer.Option("--open", help="Show the page in your browser.")]


def show_page(path: Path, *, wanted: bool, quietly: bool = False) -> None:
    """Print where a page is and, if wanted, open it; say so where no browser is found.

    Parameters
    ----------
    path : Path
        Of the page.
    wanted : bool
        Whether to open it.
    quietly : bool
        Leave standard output to something else.
    """
    if not quietly:
        typer.echo(path)
    if wanted and not _opened(path.resolve().as_uri()):
        typer.echo(f"isomargin: --open: found no browser; {path} is a page that any browser shows", err=True)


def _opened(address: str) -> bool:
    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
