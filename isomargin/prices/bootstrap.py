"""Price paths drawn from candles that happened: whole candles, in blocks, put together anew."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from isomargin.prices.candles import Candle, CandleOrder, Candles, candle_path
from isomargin.prices.growth import grown_price
from isomargin.prices.path import PricePath
from isomargin.units import to_float

__all__ = ["bootstrap_path", "stationary_places"]


def bootstrap_path(
    random: np.random.Generator,
    candles: Candles,
    *,
    block: float,
    start_price: int,
    start: int,
    steps: int,
    order: CandleOrder = "olhc",
) -> PricePath:
    """A path of candles that are drawn in blocks, each relative to the close before it.

    A candle keeps its gap, its high and its low: what liquidates inside of it stays as large as it was. The
    first candle of the source has no close before it and counts from its own open.

    Parameters
    ----------
    random : numpy.random.Generator
        As in `stationary_places`.
    candles : Candles
        What to draw from.
    block : float
        Mean length of a block, in candles; at least 1.
    start_price : int
        WAD; the close before the first candle.
    start : int
        Unix seconds of the first candle.
    steps : int
        Candles; each is four prices, as in `candle_path`.
    order : {"olhc", "ohlc"}

    Raises
    ------
    PriceDataError
        If the walk leaves what a price can be.
    """
    shapes = _shapes(candles)
    level = 0.0
    origin = to_float(start_price)
    drawn = []
    for index, place in enumerate(stationary_places(random, len(shapes), block=block, steps=steps), start=1):
        refusal = f"the random walk left all bounds at candle {index}: its source moves too far"
        opening, high, low, close = (
            grown_price(origin, level + move, refusal) for move in shapes[place].tolist()
        )
        drawn.append(Candle(start + (index - 1) * candles.step, opening, high, low, close))
        level += float(shapes[place, 3])
    return candle_path(Candles(candles.step, tuple(drawn)), order)


def _shapes(candles: Candles) -> NDArray[np.float64]:
    """Logarithms of open, high, low and close of each candle over the close before it."""
    previous = candles.candles[0].open
    shapes = []
    for candle in candles.candles:
        prices = (candle.open, candle.high, candle.low, candle.close)
        shapes.append([math.log(price / previous) for price in prices])
        previous = candle.close
    return np.array(shapes)


def stationary_places(
    random: np.random.Generator, count: int, *, block: float, steps: int
) -> NDArray[np.int64]:
    """Which elements of a series to take: the stationary bootstrap, with blocks of geometric length.

    After each element the next one follows, or with probability ``1 / block`` any other; after the last comes
    the first. So the path is stationary, as it is not with blocks of one length. D. N. Politis and J. P.
    Romano, "The stationary bootstrap", Journal of the American Statistical Association 89 (1994).

    Parameters
    ----------
    random : numpy.random.Generator
        Of which one child draws where blocks end and one where they begin, so that more steps leave the
        beginning as it was.
    count : int
        Elements of the series.
    block : float
        Mean length of a block.
    steps : int
        How many to take.
    """
    ends, beginnings = random.spawn(2)
    begins = ends.random(steps) < 1 / block
    begins[:1] = True
    anywhere = beginnings.integers(0, count, steps)
    first = np.maximum.accumulate(np.where(begins, np.arange(steps), 0))  # of the block of each step
    return (anywhere[first] + np.arange(steps) - first) % count
