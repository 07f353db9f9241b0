"""What must come out: first passages of Brownian motion, and funding of a skew that stands still."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DAY",
    "YEAR",
    "first_passage",
    "first_passage_at_steps",
    "funding_at_once",
    "funding_in_motion",
    "shifted",
]

YEAR = 365 * 86_400
"""Seconds."""

DAY = 86_400
"""Seconds."""

_SHIFT = 0.5825971579390107  # -zeta(1/2) / sqrt(2 pi)
_NODES = 400  # of the integration; many within the deviation of a step
_FAR = 9.0  # standard deviations of the whole motion, behind which nothing comes back
_normal = NormalDist().cdf


def first_passage(distance: float, *, drift: float, volatility: float, years: float) -> float:
    """The probability that a geometric Brownian motion that is watched all the time reaches a barrier.

    ``N((-b + n T) / (s sqrt T)) + exp(2 n b / s^2) N((-b - n T) / (s sqrt T))`` for a barrier above, with
    ``b = distance`` and ``n = drift - s^2 / 2``; below, the same of the mirrored motion. See J. M. Harrison,
    "Brownian Motion and Stochastic Flow Systems" (1985), section 1.8.

    Parameters
    ----------
    distance : float
        Logarithm of the barrier over the first price: below zero for one below it.
    drift, volatility : float
        As in `[prices.gbm]`, a year.
    years : float
        How long it is watched.
    """
    side = math.copysign(1.0, distance)
    away, slope = abs(distance), side * (drift - volatility**2 / 2)
    deviation = volatility * math.sqrt(years)
    reached = _normal((slope * years - away) / deviation)
    turned = _normal((-slope * years - away) / deviation)
    return reached + math.exp(2 * slope * away / volatility**2) * turned


def first_passage_at_steps(
    distance: float, *, drift: float, volatility: float, interval: float, steps: int
) -> float:
    """The probability that the motion is beyond a barrier at one of `steps` looks, without any approximation.

    The density of what has not been beyond it so far, carried from look to look by Gauss-Legendre quadrature.

    Parameters
    ----------
    distance, drift, volatility : float
        As in `first_passage`.
    interval : float
        Years from one look to the next; the first is one interval after the start.
    steps : int
    """
    side = -math.copysign(1.0, distance)  # mirrored, so that the barrier is below
    slope, deviation = side * (drift - volatility**2 / 2) * interval, volatility * math.sqrt(interval)
    low = -abs(distance)
    high = max(slope * steps, 0.0) + _FAR * deviation * math.sqrt(steps)
    nodes, weights = _quadrature(_NODES)
    places = low + (nodes + 1) * (high - low) / 2

    def density(away: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.exp(-(((away - slope) / deviation) ** 2) / 2) / (deviation * math.sqrt(2 * math.pi))

    carry = density(places[:, None] - places) * weights * (high - low) / 2
    alive = density(places)
    for _ in range(steps - 1):
        alive = carry @ alive
    return 1 - float(alive @ weights) * (high - low) / 2


@cache
def _quadrature(nodes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.polynomial.legendre.leggauss(nodes)


def shifted(distance: float, *, volatility: float, interval: float) -> float:
    """The distance of a barrier that, watched all the time, is reached as often as this one at intervals.

    Further away by ``0.5826 s sqrt(dt)``, the mean by which a random walk oversteps a line. M. Broadie, P.
    Glasserman and S. Kou, "A continuity correction for discrete barrier options", Mathematical Finance 7
    (1997); what is left is of smaller order than the square root of the interval.

    Parameters
    ----------
    interval : float
        Years from one look to the next.
    """
    return distance + math.copysign(_SHIFT * volatility * math.sqrt(interval), distance)


def funding_at_once(
    size: Fraction, skew: Fraction, price: Fraction, rate: Fraction, days: Fraction
) -> Fraction:
    """What a position owes when the rate follows the skew at once: ``size x price x rate x skew x days``.

    Parameters
    ----------
    size : Fraction
        Base, below zero for a short.
    skew : Fraction
        Longs less shorts over the skew scale, from -1 to 1.
    price : Fraction
        Which stands still, as the skew does.
    rate : Fraction
        Largest, a day.
    days : Fraction
    """
    return size * price * rate * skew * days


def funding_in_motion(
    size: Fraction, skew: Fraction, price: Fraction, velocity: Fraction, bound: Fraction, days: Fraction
) -> Fraction:
    """What a position owes when the skew moves a rate that begins at zero: a triangle, then a rectangle.

    Parameters
    ----------
    size, skew, price, days : Fraction
        As in `funding_at_once`.
    velocity : Fraction
        What a skew of the whole scale moves the rate by in a day; above zero.
    bound : Fraction
        Largest rate a day.
    """
    if skew == 0:
        return Fraction(0)
    speed = abs(velocity * skew)
    climbing = min(days, bound / speed)
    area = speed * climbing**2 / 2 + bound * (days - climbing)
    return size * price * area * (1 if skew > 0 else -1)
