"""Price paths whose volatility is itself random and remembers: Heston's model by Andersen's scheme."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from isomargin.prices.growth import YEAR, grown_path
from isomargin.prices.path import PricePath

__all__ = ["HestonModel", "heston_moves", "heston_path"]

_SWITCH = (
    1.5  # Andersen's psi: below it the next variance is a squared normal, above it exponential with an atom
)
_LEAST_UNIFORM = 2.0**-54  # below all that a generator draws above zero
_NORMAL = NormalDist()


@dataclass(frozen=True)
class HestonModel:
    """Parameters of ``dS / S = drift dt + sqrt(v) dW``, ``dv = k (m - v) dt + x sqrt(v) dB``.

    Attributes
    ----------
    drift : float
        Growth of the logarithm of the expected price in a year of 365 days.
    volatility : float
        Square root of the first v, of a year.
    long_run_volatility : float
        Square root of m, to which v returns.
    mean_reversion : float
        k: a distance from m is halved in ``log(2) / k`` years.
    vol_of_vol : float
        x.
    correlation : float
        Of the two motions, -1 to 1; below zero, falling prices bring higher volatility.
    """

    drift: float
    volatility: float
    long_run_volatility: float
    mean_reversion: float
    vol_of_vol: float
    correlation: float


def heston_path(
    random: np.random.Generator, model: HestonModel, *, start_price: int, start: int, step: int, steps: int
) -> PricePath:
    """A path of Heston's model.

    Parameters
    ----------
    random : numpy.random.Generator
        As in `heston_moves`.
    model : HestonModel
    start_price : int
        WAD price at `start`.
    start, step : int
        Unix seconds of the first price; seconds between prices.
    steps : int
        Moves; the path has one price more.

    Raises
    ------
    PriceDataError
        If the walk leaves what a price can be.
    """
    moves, _ = heston_moves(random, model, interval=step / YEAR, steps=steps)
    advice = f"vol_of_vol {model.vol_of_vol} or a volatility is too high"
    return grown_path(moves, start_price=start_price, start=start, step=step, advice=advice)


def heston_moves(
    random: np.random.Generator, model: HestonModel, *, interval: float, steps: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Moves of the logarithm of the price, and the variances at the ends of all steps.

    By the quadratic-exponential scheme with central weights and martingale correction of L. Andersen,
    "Simple and efficient simulation of the Heston stochastic volatility model", Journal of Computational
    Finance 11 (2008): the next variance has the exact conditional mean and variance and is never below zero,
    so one draw a step does where Euler's scheme needs many and a remedy for negative variances.

    Parameters
    ----------
    random : numpy.random.Generator
        Of which one child draws the variances and one the price, so that more steps leave the beginning as
        it was.
    model : HestonModel
    interval : float
        Years a step.
    steps : int

    Returns
    -------
    moves, variances : arrays of float
        Of `steps` and of `steps` + 1; variances of a year.
    """
    for_variance, for_price = random.spawn(2)
    uniforms = for_variance.random(steps).tolist()
    normals = for_price.standard_normal(steps).tolist()
    transition = _transition(model, interval)
    move = _price_move(model, interval)
    variance = model.volatility**2
    variances = [variance]
    moves = []
    for uniform, normal in zip(uniforms, normals, strict=True):
        later, log_mean = transition(variance, max(uniform, _LEAST_UNIFORM))
        moves.append(move(variance, later, log_mean, normal))
        variances.append(later)
        variance = later
    return np.array(moves), np.array(variances)


_LogMean = Callable[[float], float | None]
"""Of a number A, the logarithm of the expectation of ``exp(A v')``; None where that is infinite."""


def _transition(model: HestonModel, interval: float) -> Callable[[float, float], tuple[float, _LogMean]]:
    """What makes the next variance of this one and a uniform draw, and tells its exponential moments."""
    kept = math.exp(-model.mean_reversion * interval)
    lost = -math.expm1(-model.mean_reversion * interval)
    weight = lost / model.mean_reversion if model.mean_reversion else interval
    long_run = model.long_run_volatility**2
    squared = model.vol_of_vol**2

    def transition(variance: float, uniform: float) -> tuple[float, _LogMean]:
        mean = long_run + (variance - long_run) * kept
        spread = squared * weight * (variance * kept + long_run * lost / 2)
        if spread == 0:  # also where the mean is 0
            return mean, lambda a: a * mean
        ratio = spread / mean**2
        if ratio <= _SWITCH:
            return _quadratic(mean, ratio, uniform)
        return _exponential(mean, ratio, uniform)

    return transition


def _quadratic(mean: float, ratio: float, uniform: float) -> tuple[float, _LogMean]:
    """A squared normal: ``scale (shift + z)**2``."""
    inverse = 2 / ratio
    shift_squared = inverse - 1 + math.sqrt(inverse) * math.sqrt(inverse - 1)
    scale = mean / (1 + shift_squared)
    variance = scale * (math.sqrt(shift_squared) + _NORMAL.inv_cdf(uniform)) ** 2

    def log_mean(a: float) -> float | None:
        rest = 1 - 2 * a * scale
        return a * shift_squared * scale / rest - math.log(rest) / 2 if rest > 0 else None

    return variance, log_mean


def _exponential(mean: float, ratio: float, uniform: float) -> tuple[float, _LogMean]:
    """Zero with a probability, else exponential."""
    atom = (ratio - 1) / (ratio + 1)
    rate = (1 - atom) / mean
    variance = math.log((1 - atom) / (1 - uniform)) / rate if uniform > atom else 0.0

    def log_mean(a: float) -> float | None:
        return math.log(atom + rate * (1 - atom) / (rate - a)) if a < rate else None

    return variance, log_mean


def _price_move(model: HestonModel, interval: float) -> Callable[[float, float, _LogMean, float], float]:
    """What makes a move of the logarithm of two variances and a normal draw."""
    correlation = model.correlation if model.vol_of_vol else 0.0
    leverage = correlation / model.vol_of_vol if model.vol_of_vol else 0.0
    average = interval / 2 * (model.mean_reversion * leverage - 0.5)
    before, after = average - leverage, average + leverage
    own = interval / 2 * (1 - correlation**2)
    plain = -leverage * model.mean_reversion * model.long_run_volatility**2 * interval

    def move(variance: float, later: float, log_mean: _LogMean, normal: float) -> float:
        expected = log_mean(after + own / 2)
        constant = plain if expected is None else -expected - (before + own / 2) * variance
        shock = math.sqrt(own * (variance + later)) * normal
        return model.drift * interval + constant + before * variance + after * later + shock

    return move
