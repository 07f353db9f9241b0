"""Traces on a terminal: the same lines, coloured where there is a terminal to colour."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from isomargin.chain import CallFrame
from isomargin.traces.directory import Directory
from isomargin.traces.text import trace_lines

__all__ = ["print_trace"]

_STYLES = {
    "call": "",
    "static": "dim",
    "failed": "red",
    "event": "cyan",
    "undone": "dim cyan",
    "place": "bold yellow",
}


def print_trace(
    frame: CallFrame, directory: Directory, console: Console | None = None, *, depth: int | None = None
) -> None:
    """Print a trace; `console` decides about colours and, by default, is standard output.

    Lines are not wrapped, so that what a file or a pager gets is what `trace_text` returns.
    """
    screen = Console() if console is None else console
    for line in trace_lines(frame, directory, depth=depth):
        screen.print(Text(str(line), style=_STYLES[line.kind]), soft_wrap=True)
