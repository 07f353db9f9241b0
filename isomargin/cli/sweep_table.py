"""What a sweep comes to, for people at a terminal: quantiles of what runs came to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from isomargin.sweep import SweepResults

__all__ = ["outcome_quantiles", "print_outcomes"]

_OUTCOMES = {
    "bad_debt": "bad debt",
    "insurance_drawdown": "insurance drawdown",
    "pool_return": "pool return",
    "keeper_profit": "keeper profit",
    "share_liquidated": "share liquidated",
}
_SHARES = ("pool_return", "share_liquidated")
_QUANTILES = {"median": 0.5, "95%": 0.95, "99%": 0.99}
_WIDTH = 100  # of a table in a pipe


def outcome_quantiles(results: SweepResults) -> dict[str, dict[str, float]]:
    """Mean and quantiles of the main outcomes, over all runs that did not fail."""
    found: dict[str, dict[str, float]] = {}
    for name in _OUTCOMES:
        cells = [float(cell) for cell in results.table[name].drop_null().to_pylist()]
        if cells:
            quantiles = {word: float(np.quantile(cells, level)) for word, level in _QUANTILES.items()}
            found[name] = {"mean": float(np.mean(cells)), **quantiles, "most": max(cells)}
    return found


def print_outcomes(results: SweepResults, folder: Path) -> None:
    """Print the outcomes as a table, and where the results are."""
    info = results.info
    console = Console(highlight=False)
    width = console.width if console.is_terminal else _WIDTH
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(Text(f"{info.runs:,} runs"))
    outcomes = outcome_quantiles(results)
    for word in next(iter(outcomes.values()), {}):
        table.add_column(word, justify="right")
    for name, numbers in outcomes.items():
        cells = [f"{one:.2%}" if name in _SHARES else f"{one:,.2f}" for one in numbers.values()]
        table.add_row(_OUTCOMES[name], *cells)
    console.print(
        Text.assemble((info.scenario, "bold"), f": {info.points:,} points of {len(info.seeds):,} seeds")
    )
    Console(highlight=False, width=width).print(table)
    console.print(Text(f"results  {folder / 'results.parquet'}"), soft_wrap=True)
