"""How far a sweep is: a bar with rate and time left on a terminal, a line now and then in a pipe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from isomargin import sweep

__all__ = ["checking_bar", "rate_text", "sweep_bar"]

_LINE_SECONDS = 30.0  # from one line in a pipe to the next
_MANY_POINTS = 200  # below it nobody waits


def rate_text(progress: sweep.Progress, played: int, seconds: float) -> str:
    """Where a sweep stands, in words.

    >>> rate_text(sweep.Progress(done=120, total=1_000, failed=1), played=100, seconds=50)
    '120 of 1,000 runs, 2.0 runs a second, 8 min left, 1 failed'
    """
    rate = played / seconds if seconds > 0 else 0.0
    words = [f"{progress.done:,} of {progress.total:,} runs", f"{rate:,.1f} runs a second"]
    if rate and progress.done < progress.total:
        words.append(f"{_duration((progress.total - progress.done) / rate)} left")
    if progress.failed:
        words.append(f"{progress.failed:,} failed")
    return ", ".join(words)


def _duration(seconds: float) -> str:
    """A time that is left, in its largest unit.

    >>> [_duration(seconds) for seconds in (7, 100, 7_000)]
    ['7 s', '2 min', '1 h 57 min']
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = -(-int(seconds) // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@contextmanager
def sweep_bar(title: str, done: int) -> Iterator[Callable[[sweep.Progress], None]]:
    """Show on standard error how far a sweep is while the context lasts.

    Parameters
    ----------
    title : str
    done : int
        Runs of earlier times, which say nothing about the rate.
    """
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[news]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    begun = last_line = time.monotonic()
    with bar:
        task = bar.add_task(title, total=None, completed=done, news="starting workers")

        def report(progress: sweep.Progress) -> None:
            nonlocal last_line
            now = time.monotonic()
            played = progress.done - done
            if console.is_terminal:
                news = f"{played / max(now - begun, 1e-9):,.1f} runs/s"
                if progress.failed:
                    news += f"  {progress.failed:,} failed"
                bar.update(task, total=progress.total, completed=progress.done, news=news)
            elif now - last_line >= _LINE_SECONDS:
                last_line = now
                typer.echo(f"isomargin: {title}: {rate_text(progress, played, now - begun)}", err=True)

        yield report


@contextmanager
def checking_bar(count: int) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how many points are checked, where they are many."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("[bold]checking points"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal or count < _MANY_POINTS,
    )
    with bar:
        task = bar.add_task("", total=count)
        yield lambda done: bar.update(task, completed=done)
