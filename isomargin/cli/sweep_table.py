"""What a sweep comes to, for people at a terminal and for programs: each outcome with its intervals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from isomargin.sweep.analysis import Analysis
from isomargin.sweep.intervals import Interval
from isomargin.sweep.outcomes import LEVELS, Distribution, Outcome
from isomargin.sweep.wording import interval_words, outcome_amount, percentage

__all__ = ["outcome_numbers", "print_outcomes"]

_SHOWN = (0.5, 0.95, 0.99)
_WIDTH = 110  # of a table in a pipe


def outcome_numbers(analysis: Analysis) -> dict[str, dict[str, Any]]:
    """Each outcome over all runs that did not fail; an end that is not known is null."""
    return {found.outcome.column: _numbers(found) for found in analysis.distributions if found.count}


def _numbers(found: Distribution) -> dict[str, Any]:
    quantiles = zip(LEVELS, found.quantiles, strict=True)
    numbers: dict[str, Any] = {
        "runs": found.count,
        "lowest": found.lowest,
        "highest": found.highest,
        "mean": _ends(found.mean),
        "share_beyond_zero": _ends(found.happened),
        "shortfall": _ends(found.shortfall),
        "quantiles": {f"{level:g}": _ends(interval) for level, interval in quantiles},
    }
    return numbers | ({} if found.total is None else {"sum": f"{found.total.normalize():f}"})


def _ends(interval: Interval) -> dict[str, float | None]:
    estimate = interval.estimate if math.isfinite(interval.estimate) else None
    return {"estimate": estimate, "low": interval.low, "high": interval.high}


def print_outcomes(analysis: Analysis, folder: Path) -> None:
    """Print the outcomes as a table, and where the results and the page are."""
    info = analysis.info
    console = Console(highlight=False)
    console.print(
        Text.assemble((info.scenario, "bold"), f": {info.points:,} points of {len(info.seeds):,} seeds")
    )
    if any(found.count for found in analysis.distributions):
        width = console.width if console.is_terminal else _WIDTH
        Console(highlight=False, width=width).print(_table(analysis))
    console.print(Text(f"results  {folder / 'results.parquet'}"), soft_wrap=True)
    console.print(Text(f"page     {folder / 'report.html'}"), soft_wrap=True)


def _table(analysis: Analysis) -> Table:
    """A row of estimates for each outcome, and below it where the true values are."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(Text(f"{analysis.runs - analysis.sample.failed:,} runs"), no_wrap=True)
    table.add_column("mean", justify="right")
    for level in _SHOWN:
        table.add_column("median" if level == 0.5 else f"{level:.0%}", justify="right")
    table.add_column("beyond 0", justify="right")
    for found in analysis.distributions:
        shown = [found.quantiles[LEVELS.index(level)] for level in _SHOWN]
        cells: list[tuple[Interval, Outcome | None]] = [
            *((one, found.outcome) for one in (found.mean, *shown)),
            (found.happened, None),
        ]
        table.add_row(found.outcome.title.lower(), *(_estimate(*cell) for cell in cells))
        table.add_row("", *(Text(_between(*cell), style="dim") for cell in cells))
    return table


def _estimate(interval: Interval, outcome: Outcome | None) -> str:
    value = interval.estimate
    return (percentage(value) if outcome is None else outcome_amount(value, outcome)).text


def _between(interval: Interval, outcome: Outcome | None) -> str:
    known = interval.low is not None or interval.high is not None
    return interval_words(interval, outcome) if known else ""
