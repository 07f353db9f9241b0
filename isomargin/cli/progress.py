"""A progress bar on a terminal, nothing in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from isomargin import simulation
from isomargin.units import to_float

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[simulation.Progress], None]]:
    """Show how far a run is on standard error while the context lasts; gives what the run reports to."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TextColumn("{task.fields[news]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(title, total=None, news="deploying")

        def report(progress: simulation.Progress) -> None:
            news = (
                f"price {to_float(progress.price):,.2f}  open {progress.open_positions}  "
                f"liquidations {progress.liquidations}"
            )
            bar.update(task, total=progress.prices, completed=progress.prices_done, news=news)

        yield report
