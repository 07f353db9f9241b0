"""Which parameters decide an outcome, and what each of their levels comes to.

Asked is how the outcome's *expected* value, its mean over seeds, depends on the setting. All points have the
same seeds, so what a seed does alike to every point cancels in each difference between levels; only what is
left, how differently levels take the same seed, is error. Differences are therefore made seed by seed, and
the error of a variance is estimated from the interaction of point and seed, not from the spread among runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from isomargin.sweep.effects import (
    Cells,
    Groups,
    Response,
    bins_of,
    first_order,
    is_full_grid,
    total_order,
)
from isomargin.sweep.intervals import Floats, Integers, Interval, mean_interval, quantile_interval
from isomargin.sweep.outcomes import Outcome, Sample

__all__ = ["Level", "ParameterEffect", "Sensitivity", "balanced", "sensitivity"]

_RESAMPLES = 100
_TAIL = 0.99


@dataclass(frozen=True)
class Level:
    """One value of a parameter, or a range of values of a sampled one, over all other parameters.

    Attributes
    ----------
    label : str or float
        The name of a choice, a value, or the middle of the range.
    low, high : float or None
        Ends of the range of a sampled parameter.
    points : int
    mean, tail : Interval
        Of the outcome; `tail` is what 99% of the runs are not worse than.
    difference : Interval or None
        Of the mean to that of the first level, from pairs of the same seed where the design is a grid.
    """

    label: float | str
    low: float | None
    high: float | None
    points: int
    mean: Interval
    tail: Interval
    difference: Interval | None


@dataclass(frozen=True)
class ParameterEffect:
    """What one parameter does to an outcome.

    Attributes
    ----------
    name : str
    first, total : Interval or None
        Share of the variance between points that the parameter explains by itself, and that all combinations
        with it explain. `total` takes a full grid.
    rank_correlation : Interval or None
        Spearman's, of a number with the mean of the outcome; None for choices.
    swing : float
        The largest less the smallest mean of a level.
    levels : tuple of Level
    """

    name: str
    first: Interval | None
    total: Interval | None
    rank_correlation: Interval | None
    swing: float
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Sensitivity:
    """The parameters of a sweep, those with the largest effect first.

    Attributes
    ----------
    outcome : Outcome
    effects : tuple of ParameterEffect
    between_points : float or None
        Share of the variance of runs that the settings explain; the rest is chance. None where not known.
    method : str
        How, in a sentence.
    points, seeds : int
        Those used: where a run failed, its seed or point is left out for all.
    """

    outcome: Outcome
    effects: tuple[ParameterEffect, ...]
    between_points: float | None
    method: str
    points: int
    seeds: int


@dataclass(frozen=True)
class _Matrix:
    """An outcome by point and seed, all there."""

    values: Floats
    points: Integers
    seeds: Integers
    columns: dict[str, Cells] = field(default_factory=dict)


def balanced(sample: Sample, column: str) -> tuple[Floats, Integers, Integers]:
    """A column by point and seed, without the points that have no run at all and the seeds that miss one.

    Returns
    -------
    tuple
        Values, of shape (points, seeds), and the numbers of both.
    """
    points, rows = np.unique(sample.points, return_inverse=True)
    seeds, places = np.unique(sample.seeds, return_inverse=True)
    values = np.full((len(points), len(seeds)), np.nan)
    values[rows, places] = sample.values(column)
    there = np.isfinite(values)
    used = there.any(axis=1)
    complete = there[used].all(axis=0)
    return values[np.ix_(used, complete)], points[used], seeds[complete]


def sensitivity(
    sample: Sample, outcome: Outcome, confidence: float, *, is_grid: bool, seed: int = 0
) -> Sensitivity | None:
    """Rank the parameters by what they do to an outcome.

    In a full grid the effects are those of the analysis of variance, less the share of chance in them, and
    are resampled by seeds (the points are no sample). In a random or Sobol sample numbers are grouped into
    bins of equally many points. A bin hides what the parameter does within it, so a first-order effect comes
    out too small, for a smooth one by about the square of one over the number of bins. It is resampled by
    points, which for Sobol points, more even than random ones, errs on the wide side.

    Parameters
    ----------
    sample : Sample
    outcome : Outcome
    confidence : float
    is_grid : bool
        Whether the design is one.
    seed : int
        Of the resampling.

    Returns
    -------
    Sensitivity or None
        None where there are no parameters or fewer than two points.
    """
    matrix = _matrix(sample, outcome)
    if matrix is None:
        return None
    groups = {name: bins_of(cells, is_grid=is_grid) for name, cells in matrix.columns.items()}
    full = is_full_grid(list(groups.values()))
    generator = np.random.default_rng(seed)
    drawn = _resamples(matrix, full, generator)
    shares = _first_and_total(Response(matrix.values), groups, full)
    resampled = [
        _first_and_total(Response(matrix.values[rows][:, seeds]), _taken(groups, rows), full)
        for rows, seeds in drawn
    ]
    effects = []
    for place, (name, group) in enumerate(groups.items()):
        first, total = (
            _spread_interval(
                shares[which][place], [one[which][place] for one in resampled], confidence
            ).within(0, 1)
            for which in (0, 1)
        )
        levels = _levels(matrix, group, outcome, confidence, paired=full)
        means = [level.mean.estimate for level in levels]
        effects.append(
            ParameterEffect(
                name=name,
                first=first if np.isfinite(first.estimate) else None,
                total=total if full and np.isfinite(total.estimate) else None,
                rank_correlation=_rank_correlation(matrix, name, drawn, confidence),
                swing=float(max(means) - min(means)),
                levels=levels,
            )
        )
    effects.sort(key=lambda effect: (-_weight(effect), effect.name))
    return Sensitivity(
        outcome=outcome,
        effects=tuple(effects),
        between_points=_settings_share(matrix.values),
        method=_method(full, len(matrix.seeds)),
        points=len(matrix.points),
        seeds=len(matrix.seeds),
    )


def _matrix(sample: Sample, outcome: Outcome) -> _Matrix | None:
    values, points, seeds = balanced(sample, outcome.column)
    if not sample.parameters or len(points) < 2 or not len(seeds):
        return None
    settings = sample.settings()
    chosen = [settings[int(point)] for point in points]
    columns: dict[str, Cells] = {}
    for place, name in enumerate(sample.parameters):
        cells = [row[place] for row in chosen]
        is_number = all(isinstance(cell, float) for cell in cells)
        columns[name] = np.asarray(cells, np.float64) if is_number else np.asarray(cells, np.object_)
    return _Matrix(values, points, seeds, columns)


_Draw = tuple[Integers, Integers]


def _resamples(matrix: _Matrix, full: bool, generator: np.random.Generator) -> list[_Draw]:
    """Which points and seeds each of the bootstrap's samples has: of a grid all points, else all seeds."""
    points, seeds = matrix.values.shape
    everything = np.arange(points, dtype=np.int64), np.arange(seeds, dtype=np.int64)
    if full and seeds < 2:
        return []
    drawn: list[_Draw] = []
    for _ in range(_RESAMPLES):
        count = seeds if full else points
        again: Integers = np.asarray(generator.integers(0, count, size=count), dtype=np.int64)
        drawn.append((everything[0], again) if full else (again, everything[1]))
    return drawn


def _taken(groups: dict[str, Groups], rows: Integers) -> dict[str, Groups]:
    return {name: group.taken(rows) for name, group in groups.items()}


def _first_and_total(
    response: Response, groups: dict[str, Groups], full: bool
) -> tuple[list[float], list[float]]:
    first = [first_order(response, group, full) for group in groups.values()]
    total = [
        total_order(response, list(groups.values()), place) if full else np.nan
        for place in range(len(groups))
    ]
    return first, total


def _spread_interval(estimate: float, resampled: Sequence[float], confidence: float) -> Interval:
    """The estimate and as many of the bootstrap's standard errors as the confidence takes.

    Not its percentiles: a variance of resampled means is larger than that of the means.
    """
    finite = np.asarray([value for value in resampled if np.isfinite(value)])
    if not np.isfinite(estimate) or len(finite) < 2:
        return Interval(estimate, None, None, "takes two seeds")
    half = float(stats.norm.ppf((1 + confidence) / 2) * np.std(finite, ddof=1))
    return Interval(estimate, estimate - half, estimate + half)


def _rank_correlation(
    matrix: _Matrix, name: str, drawn: Sequence[_Draw], confidence: float
) -> Interval | None:
    cells = matrix.columns[name]
    if cells.dtype == np.object_:
        return None
    estimate = _spearman(np.asarray(cells, dtype=np.float64), matrix.values.mean(axis=1))
    resampled = [
        _spearman(np.asarray(cells[rows], dtype=np.float64), matrix.values[rows][:, seeds].mean(axis=1))
        for rows, seeds in drawn
    ]
    return None if np.isnan(estimate) else _spread_interval(estimate, resampled, confidence).within(-1, 1)


def _spearman(first: Floats, second: Floats) -> float:
    """Correlation of the ranks, those alike sharing theirs."""
    ranks = stats.rankdata(first), stats.rankdata(second)
    if np.ptp(ranks[0]) == 0 or np.ptp(ranks[1]) == 0:
        return np.nan
    return float(np.corrcoef(*ranks)[0, 1])


def _levels(
    matrix: _Matrix, group: Groups, outcome: Outcome, confidence: float, *, paired: bool
) -> tuple[Level, ...]:
    levels: list[Level] = []
    base: Floats | None = None
    sign = 1.0 if outcome.worse == "more" else -1.0
    for number, label in enumerate(group.labels):
        rows = group.members == number
        values = matrix.values[rows]
        per_seed = values.mean(axis=0)
        clusters = np.tile(matrix.seeds, int(rows.sum()))
        tail = quantile_interval(sign * values.ravel(), _TAIL, confidence, clusters)
        # The points of a bin are themselves a sample; those of a level are all there are.
        mean = mean_interval(per_seed if paired else values.mean(axis=1), confidence)
        levels.append(
            Level(
                label=label,
                low=group.ends[number][0] if group.ends else None,
                high=group.ends[number][1] if group.ends else None,
                points=int(rows.sum()),
                mean=mean.within(outcome.least, outcome.most),
                tail=(tail if sign > 0 else tail.negated()).within(outcome.least, outcome.most),
                difference=None if base is None or not paired else mean_interval(per_seed - base, confidence),
            )
        )
        base = per_seed if base is None else base
    return tuple(levels)


def _settings_share(values: Floats) -> float | None:
    """Share of the variance of runs that lies between points, less what chance puts there."""
    everything = float(np.var(values))
    return Response(values).between / everything if values.shape[1] > 1 and everything > 0 else None


def _weight(effect: ParameterEffect) -> float:
    return effect.first.estimate if effect.first is not None else 0.0


def _method(full: bool, seeds: int) -> str:
    if full:
        way = "Analysis of variance over the full grid"
        return f"{way}; intervals by resampling the {seeds:,} seeds." if seeds > 1 else f"{way} of one seed."
    return (
        "One-way analysis of variance, numbers in bins of equally many points, which shows an effect a little"
        " too small; intervals by resampling the points."
    )
