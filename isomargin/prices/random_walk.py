"""Random price paths; here, and nowhere later, prices are floats until they are rounded to WAD."""

from __future__ import annotations

import math

import numpy as np

from isomargin.errors import PriceDataError
from isomargin.prices.parsing import nearest_price
from isomargin.prices.path import PricePath, PricePoint
from isomargin.units import to_float

__all__ = ["geometric_brownian_path"]

_YEAR = 365 * 86_400  # seconds
_DIGITS = 10  # significant: as many as a ticker has, few enough to hide how a machine rounds its logarithms


def geometric_brownian_path(
    random: np.random.Generator,
    *,
    start_price: int,
    drift: float,
    volatility: float,
    start: int,
    step: int,
    steps: int,
) -> PricePath:
    """Geometric Brownian motion, exact at its points.

    Each step multiplies the price by ``exp((drift - volatility**2 / 2) * dt + volatility * sqrt(dt) * z)``.

    Parameters
    ----------
    random : numpy.random.Generator
        One normal draw for each step.
    start_price : int
        WAD price at `start`.
    drift, volatility : float
        A year of 365 days, as fractions (0.8 is 80%); the expected price grows by ``exp(drift)`` a year.
    start, step : int
        Unix seconds of the first price; seconds between prices.
    steps : int
        Moves; the path has one price more.

    Raises
    ------
    PriceDataError
        If the walk leaves what a price can be.
    """
    interval = step / _YEAR
    shocks = volatility * math.sqrt(interval) * random.standard_normal(steps)
    moves = (drift - volatility**2 / 2) * interval + shocks
    origin = to_float(start_price)
    points = [PricePoint(start, start_price)]
    for index, growth in enumerate(np.cumsum(moves).tolist(), start=1):
        try:
            price = nearest_price(f"{origin * math.exp(growth):.{_DIGITS}g}")
        except (OverflowError, PriceDataError):
            raise PriceDataError(
                f"the random walk left all bounds at step {index}: volatility {volatility} is too high"
            ) from None
        points.append(PricePoint(start + index * step, price))
    return PricePath(tuple(points))
