"""`isomargin sweep FILE --optimise`: what a search found, at the terminal and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from isomargin.sweep.intervals import Interval
from isomargin.sweep.optimisation import TRIALS, TrialProgress
from isomargin.sweep.trials import Optimum, Trial
from isomargin.sweep.wording import plain, setting_text

__all__ = ["optimum_numbers", "print_optimum", "trials_shown"]

_SHOWN = 8  # trials of the front
_WIDTH = 110


@contextmanager
def trials_shown() -> Iterator[Any]:
    """Say on standard error when a trial begins, while the context lasts."""
    console = Console(stderr=True, highlight=False)
    with console.status("searching") if console.is_terminal else _nothing() as status:

        def report(progress: TrialProgress) -> None:
            words = f"trial {min(progress.trial + 1, progress.trials)} of {progress.trials}"
            if status is not None:
                status.update(f"{words}, {progress.done:,} of {progress.runs:,} runs")
            elif progress.done == 0:
                console.print(f"isomargin: {progress.trial} of {progress.trials} trials", soft_wrap=True)

        yield report


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def optimum_numbers(found: Optimum) -> dict[str, Any]:
    """The best trials and all constraints."""
    return {
        "minimise": found.minimise,
        "subject_to": list(found.subject_to),
        "trials": len(found.trials),
        "best": _trial_numbers(found.best),
        "best_sure": _trial_numbers(found.best_sure),
    }


def _trial_numbers(trial: Trial | None) -> dict[str, Any] | None:
    if trial is None:
        return None
    numbers: dict[str, Any] = {
        "trial": trial.number,
        "settings": dict(trial.settings),
        "objective": _ends(trial.objective),
        "constraints": [
            {"text": one.text, "excess": _ends(one.excess), "holds": one.holds, "surely": one.surely}
            for one in trial.judgements
        ],
    }
    return numbers


def _ends(interval: Interval) -> Mapping[str, float | None]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}


def print_optimum(found: Optimum, folder: Path) -> None:
    """Print the best trial, how sure its constraints are, and the front."""
    console = Console(highlight=False)
    console.print(Text.assemble("minimise ", (found.minimise, "bold")), soft_wrap=True)
    for text in found.subject_to:
        console.print(Text(f"subject to {text}"), soft_wrap=True)
    for line in _verdict(found):
        console.print(Text(line), soft_wrap=True)
    if found.front:
        width = console.width if console.is_terminal else _WIDTH
        Console(highlight=False, width=width).print(_table(found))
    console.print(Text(f"trials   {folder / TRIALS}"), soft_wrap=True)
    console.print(Text(f"page     {folder / 'report.html'}"), soft_wrap=True)


def _verdict(found: Optimum) -> list[str]:
    """The best, in words."""
    if found.best is None:
        return [f"none of {len(found.trials)} trials met all constraints"]
    lines = []
    if found.best_sure is not None:
        lines.append(f"best, constraints met with confidence: {_words(found.best_sure)}")
    if found.best is not found.best_sure:
        lines.append(f"best by the estimates alone: {_words(found.best)}")
        for one in found.best.judgements:
            if not one.surely:
                why = f"; {one.excess.why}" if one.excess.why else ""
                lines.append(f"  not sure: {one.text} (left less right is {_between(one.excess)}{why})")
    return lines


def _words(trial: Trial) -> str:
    settings = ", ".join(f"{name} = {setting_text(value)}" for name, value in trial.settings.items())
    return (
        f"trial {trial.number}: {settings}: {plain(trial.objective.estimate)} ({_between(trial.objective)})"
    )


def _between(interval: Interval) -> str:
    low = "?" if interval.low is None else plain(interval.low)
    high = "?" if interval.high is None else plain(interval.high)
    return f"{low} to {high}"


def _table(found: Optimum) -> Table:
    """The trials that no other beats in objective and constraints at once."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("trial", justify="right")
    for name in found.trials[0].settings:
        table.add_column(Text(name), justify="right")
    table.add_column("objective", justify="right")
    table.add_column("constraints")
    for trial in found.front[:_SHOWN]:
        verdict = "met for sure" if trial.surely else "met, by estimate" if trial.feasible else "not met"
        settings = [Text(setting_text(value)) for value in trial.settings.values()]
        table.add_row(str(trial.number), *settings, plain(trial.objective.estimate), verdict)
    return table
