"""What came of a sweep: the distribution of each outcome, over all runs and point by point."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from isomargin.sweep.intervals import (
    Floats,
    Integers,
    Interval,
    mean_interval,
    quantile_interval,
    share_interval,
    shortfall_interval,
)

__all__ = [
    "LEVELS",
    "OUTCOMES",
    "SHORTFALL_LEVEL",
    "Distribution",
    "Outcome",
    "PointOutcomes",
    "Sample",
    "by_point",
    "distribution_of",
    "distributions",
]

LEVELS = (0.5, 0.9, 0.95, 0.99, 0.999)
"""Of the quantiles, toward the bad side."""

SHORTFALL_LEVEL = 0.99


@dataclass(frozen=True)
class Outcome:
    """A column of the results that a sweep is asked about.

    Attributes
    ----------
    column : str
        Its name in the results.
    title : str
    unit : {"quote", "token", "share"}
        What it counts.
    worse : {"more", "less"}
        Which side is bad: quantiles and shortfall look there.
    event : str
        What happened in a run whose value is on the bad side of zero.
    least, most : float or None
        Values that it cannot go beyond.
    """

    column: str
    title: str
    unit: Literal["quote", "token", "share"]
    worse: Literal["more", "less"]
    event: str
    least: float | None = None
    most: float | None = None


OUTCOMES = (
    Outcome("bad_debt", "Bad debt", "quote", "more", "had bad debt", least=0),
    Outcome("insurance_drawdown", "Insurance drawdown", "token", "more", "drew on the fund", least=0),
    Outcome("pool_return", "Pool return", "share", "less", "lost the pool money"),
    Outcome("keeper_profit", "Keeper profit", "token", "less", "cost keepers money"),
    Outcome(
        "share_liquidated", "Positions liquidated", "share", "more", "had a liquidation", least=0, most=1
    ),
)


@dataclass(frozen=True)
class Distribution:
    """One outcome over some runs; floats, but for the sum.

    Attributes
    ----------
    outcome : Outcome
    count : int
        Runs that have it.
    total : Decimal or None
        The exact sum; None for what is no money.
    lowest, highest : float
    mean, happened, shortfall : Interval
        `happened` is the share of runs on the bad side of zero, `shortfall` the mean of the worst hundredth.
    quantiles : tuple of Interval
        At `LEVELS`: what that share of the runs is not worse than.
    """

    outcome: Outcome
    count: int
    total: Decimal | None
    lowest: float
    highest: float
    mean: Interval
    happened: Interval
    shortfall: Interval
    quantiles: tuple[Interval, ...]


@dataclass(frozen=True)
class PointOutcomes:
    """What came of one point.

    Attributes
    ----------
    point : int
    settings : tuple
        A number or the name of a choice for each parameter, in the order of `Sample.parameters`.
    runs, failed, violations : int
    distributions : tuple of Distribution
        In the order of `OUTCOMES`.
    """

    point: int
    settings: tuple[float | str, ...]
    runs: int
    failed: int
    violations: int
    distributions: tuple[Distribution, ...]


class Sample:
    """The runs of a sweep, by column; what failed is left out, and counted.

    Parameters
    ----------
    table : Table
        With the columns of `isomargin.sweep.results`.
    """

    def __init__(self, table: pa.Table) -> None:
        self.everything = table
        self.table = table.filter(pc.equal(table["error"], ""))
        self.parameters = tuple(
            name.removeprefix("parameter.") for name in table.column_names if name.startswith("parameter.")
        )

    @property
    def failed(self) -> int:
        """How many runs did not come to an end."""
        return int(self.everything.num_rows - self.table.num_rows)

    @property
    def violations(self) -> int:
        """Invariants that broke, in all runs."""
        return int(pc.sum(self.table["violations"]).as_py() or 0)

    @cached_property
    def points(self) -> Integers:
        """The point of each run."""
        return _integers(self.table["point"])

    @cached_property
    def seeds(self) -> Integers:
        """The seed of each run."""
        return _integers(self.table["seed"])

    def values(self, column: str) -> Floats:
        """A numeric column as floats, NaN where a run has none."""
        numbers = self.table[column].cast(pa.float64())
        return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)

    def total(self, column: str) -> Decimal | None:
        """The exact sum of a column of money; None for another one."""
        found = self.table[column]
        if not pa.types.is_decimal(found.type):
            return None
        scale = found.type.scale
        total = pc.sum(found.cast(pa.decimal256(76, scale))).as_py()
        return Decimal(0) if total is None else Decimal(total)

    def settings(self) -> dict[int, tuple[float | str, ...]]:
        """What the parameters are at each point, in the order of `parameters`."""
        columns = ["point", *(f"parameter.{name}" for name in self.parameters)]
        rows: dict[int, tuple[Any, ...]] = {}
        for point, *values in zip(*(self.everything[name].to_pylist() for name in columns), strict=True):
            rows.setdefault(point, tuple(values))
        return dict(sorted(rows.items()))


def distributions(sample: Sample, confidence: float) -> list[Distribution]:
    """Each outcome over all runs: the points weigh what the design gives them, and are taken as given.

    Runs with one seed have the same prices and people at all points and are no independent witnesses; the
    intervals count seeds.
    """
    clusters = None if len(np.unique(sample.points)) <= 1 else sample.seeds
    return [
        distribution_of(
            outcome, sample.values(outcome.column), confidence, clusters, sample.total(outcome.column)
        )
        for outcome in OUTCOMES
    ]


def by_point(sample: Sample, confidence: float) -> list[PointOutcomes]:
    """Each outcome at each point, whose runs are independent."""
    settings = sample.settings()
    everything = _integers(sample.everything["point"])
    order = np.argsort(sample.points, kind="stable")
    starts = np.searchsorted(sample.points[order], list(settings))
    stops = np.searchsorted(sample.points[order], list(settings), side="right")
    columns = {outcome.column: sample.values(outcome.column)[order] for outcome in OUTCOMES}
    broken = sample.values("violations")[order]
    found = []
    for (point, chosen), start, stop in zip(settings.items(), starts, stops, strict=True):
        part = slice(int(start), int(stop))
        found.append(
            PointOutcomes(
                point=point,
                settings=chosen,
                runs=int(stop - start),
                failed=int(np.count_nonzero(everything == point)) - int(stop - start),
                violations=int(np.nansum(broken[part])),
                distributions=tuple(
                    distribution_of(outcome, columns[outcome.column][part], confidence)
                    for outcome in OUTCOMES
                ),
            )
        )
    return found


def distribution_of(
    outcome: Outcome,
    values: Floats,
    confidence: float,
    clusters: Integers | None = None,
    total: Decimal | None = None,
) -> Distribution:
    """Everything that is said of an outcome, from its values in some runs; NaN is left out."""
    there = np.isfinite(values)
    values = values[there]
    clusters = None if clusters is None else clusters[there]
    badness = values if outcome.worse == "more" else -values
    worst = [quantile_interval(badness, level, confidence, clusters) for level in LEVELS]
    tail = shortfall_interval(badness, SHORTFALL_LEVEL, confidence, clusters)
    turned = [one if outcome.worse == "more" else one.negated() for one in (*worst, tail)]
    bounded = [one.within(outcome.least, outcome.most) for one in turned]
    return Distribution(
        outcome=outcome,
        count=len(values),
        total=total,
        lowest=float(values.min()) if len(values) else np.nan,
        highest=float(values.max()) if len(values) else np.nan,
        mean=mean_interval(values, confidence, clusters).within(outcome.least, outcome.most),
        happened=share_interval(badness > 0, confidence, clusters),
        shortfall=bounded[-1],
        quantiles=tuple(bounded[:-1]),
    )


def _integers(column: pa.ChunkedArray) -> Integers:
    return np.asarray(column.to_numpy(), dtype=np.int64)
