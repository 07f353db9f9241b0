"""Two choices against each other, event by event: what runs come to in each cell, over their seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from isomargin.errors import InputError

__all__ = ["MEASURES", "Cell", "Matrix", "Measure", "Setting", "Spread", "matrix_of"]

_Row = Mapping[str, Any]
"""One run, by column."""


@dataclass(frozen=True)
class Measure:
    """What a run is asked.

    Attributes
    ----------
    key, title : str
    kind : {"money", "share", "count"}
        Money is in the collateral token, or in quote.
    better : {"less", "more", ""}
        Which of two settings did better; empty for what is neither good nor bad.
    of : callable
        Its value in one run; None where a run has none.
    note : str
        What it counts.
    """

    key: str
    title: str
    kind: Literal["money", "share", "count"]
    better: Literal["less", "more", ""]
    of: Callable[[_Row], float | None]
    note: str = ""


def _column(name: str) -> Callable[[_Row], float | None]:
    return lambda row: None if row[name] is None else float(row[name])


def _ratio(part: str, whole: str) -> Callable[[_Row], float | None]:
    return lambda row: float(row[part]) / float(row[whole]) if row[whole] else None


MEASURES = (
    Measure("bad_debt", "Bad debt", "money", "less", _column("bad_debt"), "losses that no margin paid"),
    Measure(
        "insurance_drawdown",
        "Insurance used",
        "money",
        "less",
        _column("insurance_drawdown"),
        "deposit less the lowest balance of the fund",
    ),
    Measure("pool_pnl", "Pool result", "money", "more", _column("pool_pnl"), "what providers won or lost"),
    Measure(
        "share_liquidated",
        "Positions liquidated",
        "share",
        "less",
        _column("share_liquidated"),
        "closed in full, of those opened",
    ),
    Measure(
        "share_bankrupt",
        "Positions bankrupt",
        "share",
        "less",
        _ratio("bankrupt", "opened"),
        "lost more than their margin, of those opened",
    ),
    Measure(
        "liquidated_notional",
        "Notional liquidated",
        "money",
        "less",
        _column("liquidated_notional"),
        "closed by force, parts included",
    ),
    Measure(
        "keeper_profit",
        "Keeper profit",
        "money",
        "more",
        _column("keeper_profit"),
        "rewards less gas, all keepers",
    ),
    Measure(
        "missed",
        "Left below maintenance",
        "count",
        "less",
        _column("missed"),
        "positions at the end that nobody took; their losses are not in bad debt",
    ),
    Measure(
        "margin_ratio",
        "Margin by notional",
        "share",
        "",
        _ratio("margin", "notional"),
        "what traders put up at the opening",
    ),
    Measure("opened", "Positions opened", "count", "", _column("opened")),
)  # fmt: skip
"""In the order of the page."""


@dataclass(frozen=True)
class Spread:
    """A measure over the runs of a cell: mean, smallest and largest; NaN without a run."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Setting:
    """One of both choices."""

    row: str
    column: str


@dataclass(frozen=True)
class Cell:
    """The runs of one event and one setting, by seed.

    Attributes
    ----------
    runs : mapping of int to mapping
        By seed, the row of the results.
    """

    runs: Mapping[int, _Row]

    def values(self, measure: Measure) -> dict[int, float]:
        """By seed; without the runs that have none."""
        found = {seed: measure.of(row) for seed, row in self.runs.items()}
        return {seed: value for seed, value in found.items() if value is not None}

    def spread(self, measure: Measure) -> Spread:
        """Over the seeds."""
        values = list(self.values(measure).values())
        if not values:
            return Spread(np.nan, np.nan, np.nan)
        return Spread(float(np.mean(values)), min(values), max(values))


@dataclass(frozen=True)
class Matrix:
    """All cells.

    Attributes
    ----------
    events, rows, columns : tuple of str
        The names of each axis, in the order of the sweep.
    cells : mapping
        By event and setting.
    failed, violations : int
        Runs that did not come to an end, and cases in which an invariant did not hold.
    """

    events: tuple[str, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, Setting], Cell]
    failed: int
    violations: int

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """Every pair of choices, column by column."""
        return tuple(Setting(row, column) for column in self.columns for row in self.rows)

    @property
    def runs(self) -> int:
        """How many came to an end."""
        return sum(len(cell.runs) for cell in self.cells.values())

    def spread(self, event: str, setting: Setting, measure: Measure) -> Spread:
        """Of one cell."""
        return self.cells[event, setting].spread(measure)

    def mean(
        self,
        measure: Measure,
        *,
        event: str | None = None,
        row: str | None = None,
        column: str | None = None,
    ) -> float:
        """Over all cells with these names, each counted once; NaN without a run."""
        means = [
            cell.spread(measure).mean
            for (of_event, setting), cell in self.cells.items()
            if event in (None, of_event) and row in (None, setting.row) and column in (None, setting.column)
        ]
        there = [mean for mean in means if np.isfinite(mean)]
        return float(np.mean(there)) if there else np.nan

    def best(self, event: str, measure: Measure) -> frozenset[Setting]:
        """The settings with the best mean; several where they are equal, none of what is neither."""
        if not measure.better:
            return frozenset()
        sign = 1 if measure.better == "less" else -1
        means = {setting: sign * self.spread(event, setting, measure).mean for setting in self.settings}
        there = [mean for mean in means.values() if np.isfinite(mean)]
        if not there or min(there) == max(there):
            return frozenset()
        return frozenset(setting for setting, mean in means.items() if mean == min(there))


def matrix_of(table: pa.Table, event_axis: str, rows_axis: str, columns_axis: str) -> Matrix:
    """Sort the runs of a sweep into cells.

    Parameters
    ----------
    table : Table
        Of `isomargin.sweep.results`.
    event_axis, rows_axis, columns_axis : str
        Names of parameters that are choices.

    Raises
    ------
    InputError
        If the sweep has no such parameter.
    """
    axes = (event_axis, rows_axis, columns_axis)
    for axis in axes:
        if f"parameter.{axis}" not in table.column_names:
            raise InputError(f"expected a sweep with a parameter {axis!r}, found none")
    rows = table.to_pylist()
    events, of_rows, of_columns = (_names(rows, axis) for axis in axes)
    found: dict[tuple[str, Setting], dict[int, _Row]] = {
        (event, Setting(row, column)): {} for event in events for column in of_columns for row in of_rows
    }
    ended = [row for row in rows if not row["error"]]
    for run in ended:
        event, row, column = (run[f"parameter.{axis}"] for axis in axes)
        found[event, Setting(row, column)][run["seed"]] = run
    return Matrix(
        events=events,
        rows=of_rows,
        columns=of_columns,
        cells={key: Cell(runs) for key, runs in found.items()},
        failed=len(rows) - len(ended),
        violations=sum(run["violations"] or 0 for run in ended),
    )


def _names(rows: Sequence[_Row], axis: str) -> tuple[str, ...]:
    """What a parameter takes, in the order of the runs."""
    return tuple(dict.fromkeys(str(row[f"parameter.{axis}"]) for row in rows))
