"""What tests of random paths share: returns, moments from cumulants, means within their sampling errors."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isomargin.prices import PricePath
from isomargin.units import WAD

__all__ = ["BOUND", "central_moments", "check_mean", "log_returns"]

BOUND = 4.0
"""Standard errors that a statistic may be away: one in 16,000 right ones is further, and seeds are fixed."""


def log_returns(path: PricePath, every: int = 1) -> NDArray[np.float64]:
    """Changes of the logarithm of every `every`-th price."""
    prices = np.array([point.price / WAD for point in path])
    return np.diff(np.log(prices[every - 1 :: every]))


def central_moments(cumulants: Callable[[int], float], most: int) -> list[float]:
    """The central moments of the orders 0 to `most`, from the cumulants of orders from 2 on."""
    moments = [1.0, 0.0]
    for order in range(2, most + 1):
        moments.append(
            sum(
                math.comb(order - 1, one - 1) * cumulants(one) * moments[order - one]
                for one in range(2, order + 1)
            )
        )
    return moments


def check_mean(sample: ArrayLike, expected: float, variance: float | None = None) -> None:
    """The mean of independent draws is what it should be, within its sampling error.

    Parameters
    ----------
    variance : float, optional
        Of one draw; that of the sample if not given.
    """
    draws = np.asarray(sample, dtype=np.float64)
    error = math.sqrt((float(draws.var(ddof=1)) if variance is None else variance) / len(draws))
    assert abs(draws.mean() - expected) < BOUND * error, (draws.mean(), expected, error)
