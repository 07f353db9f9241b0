"""Where random paths stop being floats: growth since the first price becomes exact prices, or a refusal."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from isomargin.errors import PriceDataError
from isomargin.prices.parsing import PRICE_LIMIT, nearest_price
from isomargin.prices.path import PricePath, PricePoint
from isomargin.units import to_float

__all__ = ["YEAR", "grown_path", "grown_price"]

YEAR = 365 * 86_400
"""Seconds of the year in which drifts and volatilities are given."""

_DIGITS = 10  # significant: as many as a ticker has, few enough to hide how a machine rounds its logarithms


def grown_price(origin: float, growth: float, refusal: str) -> int:
    """The WAD price that `origin` has become after growing by ``exp(growth)``, to ten significant digits.

    Raises
    ------
    PriceDataError
        With the words of `refusal`, if no price can be that.
    """
    try:
        price = nearest_price(f"{origin * math.exp(growth):.{_DIGITS}g}")
    except (OverflowError, PriceDataError):
        raise PriceDataError(refusal) from None
    if not 0 < price < PRICE_LIMIT:
        raise PriceDataError(refusal)
    return price


def grown_path(
    moves: NDArray[np.float64] | Sequence[float],
    *,
    start_price: int,
    start: int,
    step: int,
    advice: str,
) -> PricePath:
    """The path whose logarithm makes these moves.

    Parameters
    ----------
    moves : array of float
        Changes of the logarithm of the price, one a step.
    start_price : int
        WAD price at `start`.
    start, step : int
        Unix seconds of the first price; seconds between prices.
    advice : str
        What to say of a path that leaves what a price can be: which parameter did it.

    Raises
    ------
    PriceDataError
        If it does.
    """
    origin = to_float(start_price)
    points = [PricePoint(start, start_price)]
    for index, growth in enumerate(np.cumsum(moves).tolist(), start=1):
        price = grown_price(origin, growth, f"the random walk left all bounds at step {index}: {advice}")
        points.append(PricePoint(start + index * step, price))
    return PricePath(tuple(points))
