"""Fits Merton's jump diffusion by maximum likelihood: returns are normals mixed by how many jumps came."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

from isomargin.prices.calibration.fits import Estimate, Fit, Sample

__all__ = ["fit_merton"]

_Vector = NDArray[np.float64]

_LEAST = 60  # returns: five parameters, and jumps are rare
_MOST_A_YEAR = 1_000_000.0  # jumps that a scenario takes
_SCREENED = 2_000  # returns on which the starts are tried
# Of standardised returns: location, logs of deviation and jumps a step, mean and log deviation of a jump.
# The lower bounds of deviations keep the likelihood finite: a normal around one return alone has any height.
_Bounds = tuple[tuple[float, float], ...]
_BOUNDS: _Bounds = (
    (-3.0, 3.0),
    (math.log(0.05), math.log(2.0)),
    (math.log(1e-6), math.log(3.0)),
    (-20.0, 20.0),
    (math.log(0.05), math.log(50.0)),
)
# Rare and large, frequent and small, and both with a lean: the likelihood has several tops.
_STARTS = (
    (0.0, math.log(0.9), math.log(0.01), 0.0, math.log(4.0)),
    (0.0, math.log(0.7), math.log(0.1), 0.0, math.log(2.0)),
    (0.0, math.log(0.5), math.log(0.5), 0.0, math.log(1.0)),
    (0.0, math.log(0.8), math.log(0.03), -3.0, math.log(1.5)),
    (0.0, math.log(0.8), math.log(0.03), 3.0, math.log(1.5)),
)


def fit_merton(sample: Sample) -> Fit:
    """The jump diffusion of maximum likelihood.

    The density of a return is a Poisson mixture of normals (Merton 1976; Ball and Torous, Journal of
    Financial and Quantitative Analysis 18, 1983), climbed by a truncated Newton method from the best
    of several starts on part of the returns. Errors come from the curvature at the top, by the delta method.

    Raises
    ------
    PriceDataError
        If there are too few candles.
    """
    sample.check_length("merton", _LEAST)
    centre, scale = float(sample.returns.mean()), float(sample.returns.std())
    mixture = _Mixture((sample.returns - centre) / scale)
    bounds = (*_BOUNDS[:2], (_BOUNDS[2][0], math.log(min(3.0, _MOST_A_YEAR * sample.interval))), *_BOUNDS[3:])
    thinned = _Mixture(mixture.returns[:: math.ceil(len(mixture.returns) / _SCREENED)])
    screened = min((_climbed(thinned, start, bounds) for start in _STARTS), key=lambda one: float(one.fun))
    found = _climbed(mixture, screened.x, bounds)
    top: _Vector = found.x
    covariance = _covariance(mixture, top, bounds)
    values = _natural(top, centre, scale, sample.interval)
    errors = _errors(top, covariance, centre, scale, sample.interval)
    notes = (
        () if covariance is not None else ("at a bound of the search: no jumps that these candles can tell",)
    )
    names = ("drift", "volatility", "jump_rate", "jump_mean", "jump_deviation")
    return Fit(
        "merton",
        {name: Estimate(*pair) for name, *pair in zip(names, values.tolist(), errors, strict=True)},
        -float(found.fun) - len(sample.returns) * math.log(scale),
        notes,
    )


def _climbed(mixture: _Mixture, start: Sequence[float], bounds: _Bounds) -> Any:
    within = np.clip(start, *np.array(bounds).T)
    return minimize(mixture.loss, within, jac=True, method="TNC", bounds=bounds, options={"maxfun": 1_000})


@dataclass(frozen=True)
class _Mixture:
    """The likelihood of standardised returns."""

    returns: _Vector

    def loss(self, point: _Vector) -> tuple[float, _Vector]:
        """Less the logarithm of the likelihood, and its gradient."""
        location, log_deviation, log_rate, jump_mean, log_jump_deviation = point
        rate, variance = math.exp(log_rate), math.exp(2 * log_deviation)
        jump_variance = math.exp(2 * log_jump_deviation)
        # more come once in 10^10 steps
        jumps = np.arange(math.ceil(rate + 7 * math.sqrt(rate)) + 6)
        chances = jumps * log_rate - rate - gammaln(jumps + 1)
        variances = variance + jumps * jump_variance
        away = self.returns[:, None] - location - jumps * jump_mean
        logs = chances - np.log(2 * math.pi * variances) / 2 - away**2 / (2 * variances)
        highest = logs.max(axis=1, keepdims=True)
        weights = np.exp(logs - highest)
        sums = weights.sum(axis=1, keepdims=True)
        weights /= sums
        pulls = weights * away / variances
        widths = weights * (away**2 / variances - 1) / (2 * variances)
        gradient = [
            pulls.sum(),
            2 * variance * widths.sum(),
            (weights * (jumps - rate)).sum(),
            (pulls * jumps).sum(),
            2 * jump_variance * (widths * jumps).sum(),
        ]
        return -float((highest + np.log(sums)).sum()), -np.array(gradient)


def _natural(point: _Vector, centre: float, scale: float, interval: float) -> _Vector:
    """The parameters of the scenario, of those of standardised returns."""
    location, log_deviation, log_rate, jump_mean, log_jump_deviation = point
    volatility = scale * math.exp(log_deviation) / math.sqrt(interval)
    rate = math.exp(log_rate) / interval
    mean, deviation = scale * jump_mean, scale * math.exp(log_jump_deviation)
    compensation = rate * math.expm1(min(mean + deviation**2 / 2, 50.0))
    drift = (centre + scale * location) / interval + volatility**2 / 2 + compensation
    return np.array([drift, volatility, rate, mean, deviation])


def _covariance(mixture: _Mixture, top: _Vector, bounds: _Bounds) -> _Vector | None:
    """The inverse of the curvature; None at a bound, or where the likelihood is flat."""
    if any(value < low + 1e-6 or value > high - 1e-6 for value, (low, high) in zip(top, bounds, strict=True)):
        return None
    curvature: Any = _slopes(lambda point: mixture.loss(point)[1], top)
    curvature = (curvature + curvature.T) / 2
    if np.linalg.eigvalsh(curvature)[0] <= 0:
        return None
    covariance: _Vector = np.linalg.inv(curvature)
    return covariance


def _errors(
    top: _Vector, covariance: _Vector | None, centre: float, scale: float, interval: float
) -> list[float | None]:
    if covariance is None:
        return [None] * len(top)
    slopes = _slopes(lambda point: _natural(point, centre, scale, interval), top)
    return [math.sqrt(value) for value in np.diag(slopes @ covariance @ slopes.T).tolist()]


def _slopes(function: Callable[[_Vector], _Vector], at: _Vector, width: float = 1e-5) -> _Vector:
    """The matrix of derivatives, by central differences; a column a parameter."""
    columns = []
    for step in width * np.eye(len(at)):
        columns.append((function(at + step) - function(at - step)) / (2 * width))
    return np.array(columns).T
