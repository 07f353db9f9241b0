"""Chooses the mean length of a bootstrap's blocks: long enough for the memory that returns have."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from isomargin.prices.calibration.fits import Estimate, Fit, Sample

__all__ = ["block_length", "fit_bootstrap"]

_LEAST = 20  # returns
_BAND = 2.0  # of how many standard errors a correlation counts as none


def fit_bootstrap(sample: Sample) -> Fit:
    """The block length that the returns or their sizes ask for, whichever is longer.

    Returns themselves have hardly any memory; their absolute values have that of volatility.

    Raises
    ------
    PriceDataError
        If there are too few candles.
    """
    sample.check_length("bootstrap", _LEAST)
    own, of_sizes = block_length(sample.returns), block_length(np.abs(sample.returns))
    notes = (f"returns ask for blocks of {own:.3g} candles, their absolute values for {of_sizes:.3g}",)
    return Fit("bootstrap", {"block": Estimate(max(own, of_sizes), None)}, None, notes)


def block_length(series: NDArray[np.float64]) -> float:
    """The mean block length of least mean square error for the stationary bootstrap of a series.

    D. N. Politis and H. White, "Automatic block-length selection for the dependent bootstrap", Econometric
    Reviews 23 (2004), with the constant as corrected by A. Patton, D. N. Politis and H. White, the same 28
    (2009): ``(G / g)^(2/3) n^(1/3)``, with g the sum of all autocovariances and G that of them times their
    lags, under a flat-top window that is twice as wide as the last correlation that matters.

    Parameters
    ----------
    series : array of float
        At least ten values.

    Returns
    -------
    float
        From 1 to a third of the series.
    """
    count = len(series)
    longest = math.ceil(math.sqrt(count)) + _run(count)
    covariances = _autocovariances(series, min(longest, count - 1))
    if covariances[0] == 0:
        return 1.0
    width = min(2 * _last_lag(covariances / covariances[0], count), len(covariances) - 1)
    lags = np.arange(-width, width + 1)
    window = np.minimum(1.0, 2 * (1 - np.abs(lags) / width)) * covariances[np.abs(lags)]
    level, slope = float(window.sum()), float((np.abs(lags) * window).sum())
    most = math.ceil(min(3 * math.sqrt(count), count / 3))
    if level <= 0:
        return 1.0
    length: float = (abs(slope) / level) ** (2 / 3) * count ** (1 / 3)
    return min(max(length, 1.0), float(most))


def _run(count: int) -> int:
    """How many correlations in a row must be none."""
    return max(5, math.ceil(math.sqrt(math.log10(count))))


def _last_lag(correlations: NDArray[np.float64], count: int) -> int:
    """The lag behind which a run of correlations is none; if there is no such run, the last that is one."""
    limit = _BAND * math.sqrt(math.log10(count) / count)
    matters = np.abs(correlations[1:]) >= limit
    run = _run(count)
    for lag in range(len(matters) - run + 1):
        if not matters[lag : lag + run].any():
            return max(lag, 1)
    return int(np.flatnonzero(matters)[-1]) + 1 if matters.any() else 1


def _autocovariances(series: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    centred = series - series.mean()
    count = len(centred)
    return np.array([centred[: count - lag] @ centred[lag:] / count for lag in range(longest + 1)])
