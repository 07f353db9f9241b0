"""Fits Heston's model by moments: how long squared returns remember, how much, and which way they lean."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from isomargin.errors import PriceDataError
from isomargin.prices.calibration.fits import Estimate, Fit, Sample
from isomargin.prices.growth import YEAR

__all__ = ["fit_heston", "lagged_moments"]

_Vector = NDArray[np.float64]

_LEAST = 200  # returns
_BLOCKS = 40  # for the sampling errors of moments
_STARTS = 6  # of the mean reversion, from the slowest to the fastest that the candles could show
_LARGEST_SPREAD = 1_000.0  # what a scenario takes for vol_of_vol
_FASTEST = 100_000.0  # and for mean_reversion


def fit_heston(sample: Sample) -> Fit:
    """The Heston model whose moments are those of the returns.

    Matched are the mean of squared returns, their autocovariances, and the covariances of returns with later
    squared returns, averaged over lags 1, 2 to 3, 4 to 7 and so on and weighted by their own sampling errors
    (the generalised method of moments: L. P. Hansen, Econometrica 50, 1982; with realised variances:
    T. Bollerslev and H. Zhou, Journal of Econometrics 109, 2002). The level of the squares tells the long-run
    variance, their fading the mean reversion, their autocovariance the volatility of variance, and the
    covariances with returns the correlation. Not told are the drift, which no candles of some weeks tell, and
    the first variance, which is taken for the long-run one.

    Raises
    ------
    PriceDataError
        If there are too few candles, or they span too little time.
    """
    sample.check_length("heston", _LEAST)
    _check_span(sample)
    observed = _observed(sample)
    count, interval = len(sample.returns), sample.interval
    level = float(sample.returns.var()) / interval
    slowest, fastest = 1 / (count * interval), min(2 / interval, _FASTEST)
    bounds = (
        [math.log(level) - 3, math.log(slowest), math.log(1e-3), -1.0],
        [math.log(level) + 3, math.log(fastest), math.log(_LARGEST_SPREAD), 1.0],
    )

    def residuals(point: _Vector) -> _Vector:
        theory = lagged_moments(*_natural(point), interval=interval, bands=observed.bands)
        return (theory - observed.means) / observed.errors

    starts = np.geomspace(slowest, fastest, _STARTS + 2)[1:-1]
    found = min(
        (
            least_squares(
                residuals, _start(level, speed, bounds), bounds=bounds, x_scale=[0.1, 0.5, 0.5, 0.3]
            )
            for speed in starts
        ),
        key=lambda one: float(one.cost),
    )
    covariance = _covariance(found.jac, observed, bool(found.active_mask.any()))
    return _fit(found.x, covariance, sample)


def lagged_moments(
    long_run: float,
    mean_reversion: float,
    vol_of_vol: float,
    correlation: float,
    *,
    interval: float,
    bands: tuple[tuple[int, int], ...],
) -> _Vector:
    """What the moments of returns are in a stationary Heston model.

    With r the centred return over an interval and V the integral of the variance over it:
    ``cov(r, r_k^2) = cov(r, v_end) w - cov(V, V_k) / 2`` and
    ``cov(r^2, r_k^2) = cov(V, V_k) + 2 E[int x dx v_end] w``, both fading as ``exp(-k kappa)``.

    Parameters
    ----------
    long_run : float
        The mean variance of a year.
    mean_reversion, vol_of_vol, correlation : float
        As in `HestonModel`.
    interval : float
        Years a return.
    bands : tuple of (int, int)
        Lags from the first to below the second, over which covariances are averaged.

    Returns
    -------
    array of float
        The mean of squared returns; their autocovariances by band; covariances of returns with later squares.
    """
    kept = math.exp(-mean_reversion * interval)
    lost = -math.expm1(-mean_reversion * interval)
    weight = lost / mean_reversion
    scale = long_run * vol_of_vol**2
    of_variances = scale / (2 * mean_reversion) * weight**2
    of_own_moves = 2 * correlation**2 * scale / mean_reversion * (weight - interval * kept) * weight
    of_moves = correlation * vol_of_vol * long_run * weight**2
    fading = np.array(
        [
            math.exp(-mean_reversion * interval * (first - 1))
            * -math.expm1(-mean_reversion * interval * (behind - first))
            / (lost * (behind - first))
            for first, behind in bands
        ]
    )
    squares = (of_variances + of_own_moves) * fading
    leverage = (of_moves - of_variances / 2) * fading
    return np.concatenate([[long_run * interval], squares, leverage])


@dataclass(frozen=True)
class _Observed:
    """Moments of a sample in the order of `lagged_moments`, with their sampling covariance."""

    bands: tuple[tuple[int, int], ...]
    means: _Vector
    covariance: _Vector

    @property
    def errors(self) -> _Vector:
        """Of each moment; without end for one that does not vary, which so has no weight."""
        found = np.sqrt(np.diag(self.covariance))
        return np.where(found > 0, found, np.inf)


def _observed(sample: Sample) -> _Observed:
    """By bands of lags that double; errors from means over blocks, which are nearly independent."""
    returns = sample.returns - sample.returns.mean()
    squares = returns**2
    bands = []
    first = 1
    while 2 * first <= max(2, len(returns) // 16):
        bands.append((first, 2 * first))
        first *= 2
    used = len(returns) - bands[-1][1] + 1
    centred = squares - squares.mean()
    running = np.concatenate([[0.0], np.cumsum(centred)])
    places = np.arange(used)
    later = [
        (running[places + behind] - running[places + first]) / (behind - first) for first, behind in bands
    ]
    series = np.array(
        [squares[:used], *(centred[:used] * one for one in later), *(returns[:used] * one for one in later)]
    )
    size = used // _BLOCKS
    blocks = series[:, : size * _BLOCKS].reshape(len(series), _BLOCKS, size).mean(axis=2)
    return _Observed(tuple(bands), series.mean(axis=1), np.cov(blocks) / _BLOCKS)


def _start(level: float, speed: float, bounds: tuple[list[float], list[float]]) -> _Vector:
    """A variance that varies by half of its mean, and no lean; just within the bounds."""
    start = [math.log(level), math.log(speed), math.log(level * speed / 2) / 2, 0.0]
    low, high = np.array(bounds)
    return np.clip(start, low + 1e-6, high - 1e-6)


def _check_span(sample: Sample) -> None:
    """Refuse candles within which no variance that a scenario takes could return to its mean."""
    least = 10 / _FASTEST  # years
    if len(sample.returns) * sample.interval < least:
        raise PriceDataError(
            f"heston: expected candles over at least {math.ceil(least * YEAR)} s, found "
            f"{round(len(sample.returns) * sample.interval * YEAR)} s"
        )


def _natural(point: _Vector) -> tuple[float, float, float, float]:
    return math.exp(point[0]), math.exp(point[1]), math.exp(point[2]), float(point[3])


def _covariance(slopes: _Vector, observed: _Observed, at_bound: bool) -> _Vector | None:
    """The sandwich for moments that are weighted by their variances alone."""
    if at_bound or np.linalg.matrix_rank(slopes) < slopes.shape[1]:
        return None
    correlations = observed.covariance / np.outer(observed.errors, observed.errors)
    bread = np.linalg.inv(slopes.T @ slopes) @ slopes.T
    covariance: _Vector = bread @ correlations @ bread.T
    return covariance


def _fit(point: _Vector, covariance: _Vector | None, sample: Sample) -> Fit:
    long_run, speed, spread, correlation = _natural(point)
    volatility = math.sqrt(long_run)
    # by the delta method: the first is the logarithm of a square, the next two are logarithms
    slopes = (volatility / 2, speed, spread, 1.0)
    errors: list[float | None] = [None] * 4
    if covariance is not None:
        errors = [
            slope * math.sqrt(max(one, 0.0))
            for slope, one in zip(slopes, np.diag(covariance).tolist(), strict=True)
        ]
    mean, interval = float(sample.returns.mean()), sample.interval
    years = len(sample.returns) * interval
    notes = [
        "by moments: no likelihood to compare; the first volatility is taken for the long-run one",
        f"the candles span {years * speed / math.log(2):.3g} half-lives of the variance; below some twenty, "
        "mean_reversion and vol_of_vol are guesses",
    ]
    if covariance is None:
        notes.append("at a bound of the search: no memory of variance that these candles can tell")
    drift = Estimate(mean / interval + long_run / 2, math.sqrt(long_run / years))
    return Fit(
        "heston",
        {
            "drift": drift,
            "volatility": Estimate(volatility, None),
            "long_run_volatility": Estimate(volatility, errors[0]),
            "mean_reversion": Estimate(speed, errors[1]),
            "vol_of_vol": Estimate(spread, errors[2]),
            "correlation": Estimate(correlation, errors[3]),
        },
        None,
        tuple(notes),
    )
