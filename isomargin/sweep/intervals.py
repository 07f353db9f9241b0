"""Confidence intervals of what a sample of runs shows: quantiles, means, shares and expected shortfalls.

Runs of one point have different seeds and are independent. Runs of several points share their seeds (common
random numbers): only seeds are then independent of each other, and every function takes them as `clusters`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special, stats

__all__ = [
    "Floats",
    "Integers",
    "Interval",
    "effective_size",
    "mean_interval",
    "order_statistics",
    "quantile",
    "quantile_interval",
    "runs_needed",
    "share_interval",
    "shortfall_interval",
]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LEAST_IN_TAIL = 10  # runs beyond a quantile before the mean of them has an interval


@dataclass(frozen=True)
class Interval:
    """An estimate and where the true value is, with the confidence asked for.

    Attributes
    ----------
    estimate : float
        NaN where there is nothing to estimate from.
    low, high : float or None
        The ends, both possible values; None where the sample is too small to have that end.
    why : str
        Why an end is missing; empty if both are there.
    """

    estimate: float
    low: float | None
    high: float | None
    why: str = ""

    def within(self, least: float | None, most: float | None) -> Interval:
        """The same for a quantity that cannot be below `least` or above `most`."""
        low = self.low if self.low is None or least is None else max(self.low, least)
        high = self.high if self.high is None or most is None else min(self.high, most)
        return replace(self, low=low, high=high)

    def negated(self) -> Interval:
        """The interval of the opposite number."""
        low = None if self.high is None else -self.high
        high = None if self.low is None else -self.low
        return Interval(-self.estimate, low, high, self.why)


def quantile(values: Floats, level: float) -> float:
    """The least value that a share `level` of the sample does not exceed: a value of the sample itself.

    Hyndman and Fan, "Sample quantiles in statistical packages" (1996), definition 1.
    """
    return float(np.quantile(values, level, method="inverted_cdf")) if len(values) else np.nan


@lru_cache(maxsize=10_000)
def order_statistics(count: int, level: float, confidence: float) -> tuple[int | None, int | None]:
    """Which two of the sorted values, counted from 1, have the quantile between them.

    The number of values at or below the quantile is binomial, whatever the distribution; so the first is the
    largest rank that is too high with a probability of at most half of what the confidence leaves, the second
    the least that is too low with at most the other half. Values that are alike only raise the coverage.
    David and Nagaraja, *Order Statistics*, 3rd ed. (2003), section 7.1.

    Parameters
    ----------
    count : int
        Of the sample.
    level : float
        Of the quantile, between 0 and 1.
    confidence : float
        Between 0 and 1; each end alone holds with half of the rest more.

    Returns
    -------
    tuple
        None for an end that no value of so small a sample can be.

    >>> order_statistics(100, 0.5, 0.95)
    (40, 61)
    """
    tail = (1 - confidence) / 2
    low = int(stats.binom.ppf(tail, count, level)) + 1
    while low > 0 and stats.binom.cdf(low - 1, count, level) > tail:
        low -= 1
    high = int(stats.binom.ppf(1 - tail, count, level)) + 1
    while high <= count and stats.binom.cdf(high - 1, count, level) < 1 - tail:
        high += 1
    return (low if low > 0 else None), (high if high <= count else None)


@lru_cache(maxsize=1_000)
def runs_needed(level: float, confidence: float) -> int:
    """How many independent runs a quantile takes to have both ends of its interval.

    >>> runs_needed(0.99, 0.95), runs_needed(0.999, 0.95)
    (368, 3688)
    """
    tail = (1 - confidence) / 2
    return int(np.ceil(np.log(tail) / np.log(max(level, 1 - level))))


def quantile_interval(
    values: Floats, level: float, confidence: float, clusters: Integers | None = None
) -> Interval:
    """A quantile, between two values of the sample, whatever the distribution.

    For independent values exact (`order_statistics`). For clusters the ranks are those of as many independent
    values as the clusters are worth (`effective_size`), after Woodruff, "Confidence intervals for medians and
    other position measures", JASA 47 (1952).
    """
    ordered = np.sort(values)
    count = len(ordered)
    if not count:
        return Interval(np.nan, None, None, "no runs")
    found = quantile(ordered, level)
    size = count if clusters is None else effective_size(values <= found, clusters, confidence)
    first, second = order_statistics(size, level, confidence)
    low = None if first is None else float(ordered[(first - 1) * count // size])
    high = None if second is None else float(ordered[min(count, -(-second * count // size)) - 1])
    why = "" if first and second else f"takes {runs_needed(level, confidence):,} independent runs"
    return Interval(
        found, low if low is None else min(low, found), high if high is None else max(high, found), why
    )


def mean_interval(values: Floats, confidence: float, clusters: Integers | None = None) -> Interval:
    """The mean, by Student's t after Hall's transformation, which takes the skewness out.

    Losses are skewed: most runs lose nothing and a few much, and the plain t interval then ends too low, too
    often. Hall's correction is as good as the bootstrap-t to the same order, but in closed form: nothing is
    drawn, and samples in which nearly all are zero do not break it. Hall, "On the removal of skewness by
    transformation", JRSS B 54 (1992). A sample without any spread tells no interval.
    """
    if not len(values):
        return Interval(np.nan, None, None, "no runs")
    mean = float(np.mean(values))
    parts = values if clusters is None else _cluster_values(values, clusters)
    count = len(parts)
    if count < 2:
        return Interval(mean, None, None, "takes two seeds")
    spread = float(np.std(parts, ddof=1))
    if spread <= 1e-12 * abs(mean):
        return Interval(mean, None, None, "all are alike")
    skewness = float(np.mean((parts - mean) ** 3)) / float(np.std(parts)) ** 3
    student = _student((1 + confidence) / 2, count - 1)
    error = spread / np.sqrt(count)
    low, high = (mean - error * _unskewed(end, skewness, count) for end in (student, -student))
    return Interval(mean, float(low), float(high))


def _student(probability: float, freedom: int) -> float:
    return float(special.stdtrit(freedom, probability))


def _unskewed(z: float, skewness: float, count: int) -> float:
    """The quantile of the studentised mean whose transformed one is `z`: the inverse of Hall's cubic."""
    bend = skewness / (3 * np.sqrt(count))
    if abs(bend) < 1e-9:
        return z
    return float((np.cbrt(1 + 3 * bend * (z - bend / 2)) - 1) / bend)


def share_interval(
    holds: npt.NDArray[np.bool_], confidence: float, clusters: Integers | None = None
) -> Interval:
    """A share, by Clopper and Pearson's exact interval, Biometrika 26 (1934): never less sure than it says.

    Clusters count as the independent values that they are worth; Korn and Graubard, "Confidence intervals for
    proportions with small expected number of positive counts", Survey Methodology 24 (1998).
    """
    count = len(holds)
    if not count:
        return Interval(np.nan, None, None, "no runs")
    share = float(np.mean(holds))
    size = count if clusters is None else effective_size(holds, clusters, confidence)
    tail, positive = (1 - confidence) / 2, share * size
    low = float(special.betaincinv(positive, size - positive + 1, tail)) if share > 0 else 0.0
    high = float(special.betaincinv(positive + 1, size - positive, 1 - tail)) if share < 1 else 1.0
    return Interval(share, low, high)


def shortfall_interval(
    values: Floats, level: float, confidence: float, clusters: Integers | None = None
) -> Interval:
    """The expected shortfall: the mean of the largest `1 - level` of the values.

    It is the mean of ``q + max(0, x - q) / (1 - level)``, with q the quantile (Rockafellar and Uryasev,
    "Optimization of conditional value-at-risk", Journal of Risk 2, 2000), so its interval is that of a mean;
    it needs ten runs beyond the quantile.
    """
    if not len(values):
        return Interval(np.nan, None, None, "no runs")
    beyond = quantile(values, level)
    excess = beyond + np.maximum(0, values - beyond) / (1 - level)
    found = mean_interval(excess, confidence, clusters)
    if len(values) * (1 - level) < _LEAST_IN_TAIL * (1 - 1e-9):
        needed = round(_LEAST_IN_TAIL / (1 - level))
        return Interval(found.estimate, None, None, f"takes {needed:,} runs")
    return found.within(beyond, None)


def effective_size(holds: npt.NDArray[np.bool_], clusters: Integers, confidence: float) -> int:
    """How many independent runs would tell a share as well as these clusters do; at least one a cluster.

    The variance of a share among independent values over that among the clusters, less what the fewer degrees
    of freedom cost; Korn and Graubard (1998). Where all values are alike a cluster counts as one run.
    """
    count, seeds = len(holds), len(np.unique(clusters))
    share = float(np.mean(holds))
    if seeds < 2 or share in (0.0, 1.0):
        return seeds
    parts = _cluster_values(holds.astype(np.float64), clusters)
    variance = float(np.var(parts, ddof=1)) / seeds
    if variance <= 0:
        return count
    tail = (1 + confidence) / 2
    penalty = (_student(tail, count - 1) / _student(tail, seeds - 1)) ** 2
    return int(np.clip(share * (1 - share) / variance * penalty, 1, count))


def _cluster_values(values: Floats, clusters: Integers) -> Floats:
    """One number a cluster: their mean is that of all values, their spread tells its error (linearised)."""
    _, places = np.unique(clusters, return_inverse=True)
    sums, sizes = np.bincount(places, values), np.bincount(places)
    mean = values.mean()
    linearised: Floats = mean + len(sizes) / len(values) * (sums - mean * sizes)
    return linearised
