"""What an expression of `[optimise]` is for the runs of one point, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isomargin.sweep.expressions import (
    Constant,
    Constraint,
    Expression,
    Negative,
    Operation,
    Statistic,
    statistics_of,
)
from isomargin.sweep.intervals import (
    Floats,
    Integers,
    Interval,
    mean_interval,
    quantile,
    quantile_interval,
    share_interval,
    shortfall_interval,
)
from isomargin.sweep.outcomes import Sample

__all__ = ["Judgement", "Runs", "judge", "value_interval", "value_of"]

_RESAMPLES = 400
_COMPARISONS: Mapping[str, Callable[[Floats, float], npt.NDArray[np.bool_]]] = {
    "<": lambda values, bound: values < bound,
    "<=": lambda values, bound: values <= bound,
    ">": lambda values, bound: values > bound,
    ">=": lambda values, bound: values >= bound,
}


@dataclass(frozen=True)
class Runs:
    """The runs of one trial: columns that expressions name, and the seed of each.

    Attributes
    ----------
    columns : mapping of str to ndarray
    seeds : ndarray
    several_points : bool
        Whether runs share seeds; those are then what is independent.
    """

    columns: Mapping[str, Floats]
    seeds: Integers
    several_points: bool = False

    @classmethod
    def of(cls, sample: Sample, names: Sequence[str]) -> Runs:
        """Those of a sample that did not fail."""
        columns = {name: sample.values(name) for name in names}
        return cls(columns, sample.seeds, len(np.unique(sample.points)) > 1)

    def taken(self, rows: Integers) -> Runs:
        """Some of them."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Runs(columns, self.seeds[rows], self.several_points)

    def column(self, name: str) -> tuple[Floats, Integers | None]:
        """The values that are there, and their clusters."""
        values = self.columns[name]
        there = np.isfinite(values)
        return values[there], self.seeds[there] if self.several_points else None


@dataclass(frozen=True)
class Judgement:
    """Whether a constraint holds.

    Attributes
    ----------
    text : str
        The constraint.
    excess : Interval
        The left side less the right, or the other way round: at most zero where it holds.
    holds : bool
        By the estimate.
    surely : bool
        By the end of the interval too: with the confidence asked for.
    """

    text: str
    excess: Interval
    holds: bool
    surely: bool


def value_of(tree: Expression, runs: Runs) -> float:
    """The number that an expression is; NaN where a column has no values or a divisor is zero."""
    match tree:
        case Constant(value):
            return value
        case Statistic():
            return _statistic(tree, runs.column(tree.column)[0])
        case Negative(operand):
            return -value_of(operand, runs)
        case Operation(left, symbol, right):
            first, second = value_of(left, runs), value_of(right, runs)
            if symbol == "/":
                return first / second if second else np.nan
            return first + second if symbol == "+" else first - second if symbol == "-" else first * second


def value_interval(tree: Expression, runs: Runs, confidence: float, *, seed: int = 0) -> Interval:
    """The same with its interval.

    One statistic, shifted and scaled by numbers, has the interval of that statistic. What combines several is
    resampled by seeds, and has the bootstrap's percentiles, which for high quantiles of few runs end too low.
    """
    line = _line(tree)
    if line is not None:
        statistic, slope, shift = line
        found = _statistic_interval(statistic, runs, confidence)
        turned = found if slope >= 0 else found.negated()
        size = abs(slope)
        return Interval(
            slope * found.estimate + shift,
            None if turned.low is None else size * turned.low + shift,
            None if turned.high is None else size * turned.high + shift,
            found.why,
        )
    return _resampled(tree, runs, confidence, seed)


def judge(constraint: Constraint, runs: Runs, confidence: float) -> Judgement:
    """Whether a constraint holds, and whether that is sure."""
    first, second = constraint.left, constraint.right
    if constraint.comparator in (">", ">="):
        first, second = second, first
    excess = value_interval(Operation(first, "-", second), runs, confidence)
    strict = constraint.comparator in ("<", ">")

    def holds(value: float | None) -> bool:
        return value is not None and (value < 0 if strict else value <= 0)

    return Judgement(str(constraint), excess, holds(excess.estimate), holds(excess.high))


def _statistic(statistic: Statistic, values: Floats) -> float:
    if not len(values):
        return np.nan
    match statistic.kind:
        case "mean":
            return float(values.mean())
        case "quantile":
            return quantile(values, statistic.level)
        case "shortfall":
            return shortfall_interval(values, statistic.level, 0.95).estimate
        case "share":
            return float(_COMPARISONS[statistic.comparator](values, statistic.bound).mean())
        case "largest":
            return float(values.max())
        case _:
            return float(values.min())


def _statistic_interval(statistic: Statistic, runs: Runs, confidence: float) -> Interval:
    values, clusters = runs.column(statistic.column)
    match statistic.kind:
        case "mean":
            return mean_interval(values, confidence, clusters)
        case "quantile":
            return quantile_interval(values, statistic.level, confidence, clusters)
        case "shortfall":
            return shortfall_interval(values, statistic.level, confidence, clusters)
        case "share":
            holds = _COMPARISONS[statistic.comparator](values, statistic.bound)
            return share_interval(holds, confidence, clusters)
        case _:
            return Interval(_statistic(statistic, values), None, None, "no interval of an extreme")


def _line(tree: Expression) -> tuple[Statistic, float, float] | None:
    """One statistic, what it is multiplied by, and what is added; None for anything else."""
    match tree:
        case Statistic():
            return tree, 1.0, 0.0
        case Negative(operand):
            return _scaled(_line(operand), -1.0)
        case Operation(left, symbol, right):
            constant = _number(right)
            if constant is not None:
                return _moved(_line(left), symbol, constant)
            constant = _number(left)
            if constant is None or symbol == "/":
                return None
            line = _line(right)
            if symbol == "*":
                return _scaled(line, constant)
            line = _scaled(line, -1.0) if symbol == "-" else line
            return None if line is None else (line[0], line[1], line[2] + constant)
        case _:
            return None


_Line = tuple[Statistic, float, float]


def _moved(line: _Line | None, symbol: str, constant: float) -> _Line | None:
    if line is None or (symbol == "/" and constant == 0):
        return None
    if symbol in "*/":
        return _scaled(line, constant if symbol == "*" else 1 / constant)
    return line[0], line[1], line[2] + (constant if symbol == "+" else -constant)


def _scaled(line: _Line | None, factor: float) -> _Line | None:
    return None if line is None else (line[0], line[1] * factor, line[2] * factor)


def _number(tree: Expression) -> float | None:
    if any(statistics_of(tree)):
        return None
    value = value_of(tree, Runs({}, np.empty(0, dtype=np.int64)))
    return value if np.isfinite(value) else None


def _resampled(tree: Expression, runs: Runs, confidence: float, seed: int) -> Interval:
    estimate = value_of(tree, runs)
    seeds = np.unique(runs.seeds)
    if len(seeds) < 2 or not np.isfinite(estimate):
        return Interval(estimate, None, None, "takes two seeds")
    order = np.argsort(runs.seeds, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(runs.seeds[order])) + 1)
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(_RESAMPLES):
        drawn = generator.integers(0, len(parts), len(parts))
        found.append(value_of(tree, runs.taken(np.concatenate([parts[place] for place in drawn]))))
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(found, [tail, 1 - tail])
    return Interval(estimate, float(min(low, estimate)), float(max(high, estimate)))
