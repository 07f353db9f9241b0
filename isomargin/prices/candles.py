"""Candles, and the price path inside them: four prices a candle, in the order that the scenario chooses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal, get_args

from isomargin.errors import PriceDataError
from isomargin.prices.parsing import parse_price, parse_time, utc_text
from isomargin.prices.path import PricePath, PricePoint
from isomargin.units import from_wad

__all__ = ["Candle", "CandleOrder", "Candles", "candle_path", "candles_from_rows"]

CandleOrder = Literal["olhc", "ohlc"]
"""Which extreme comes first inside a candle: the low ("olhc", hard on longs) or the high ("ohlc")."""

_POINTS = 4  # open, two extremes, close


@dataclass(frozen=True)
class Candle:
    """What traded from `timestamp` (unix seconds) until the next candle; WAD prices."""

    timestamp: int
    open: int
    high: int
    low: int
    close: int


@dataclass(frozen=True)
class Candles:
    """Candles of `step` seconds each, without gaps, oldest first."""

    step: int
    candles: tuple[Candle, ...]


def candles_from_rows(
    rows: Sequence[Mapping[str, object]],
    *,
    place: Callable[[int, str], str],
    start: int | None = None,
    step: int | None = None,
) -> Candles:
    """Read candles from table rows and check them.

    A row without an open opens at the previous close, moved into the candle's own range; the first such row
    opens at its own close, a price that is known to have traded in it.

    Parameters
    ----------
    rows : sequence of mapping
        Cells by name: ``high``, ``low``, ``close``; ``open`` and ``time`` in all rows or in none.
    place : callable
        ``place(index, column)`` names a cell for an error, with file and line.
    start : int, optional
        Unix seconds of the first candle, for rows without a time.
    step : int, optional
        Seconds a candle; inferred as the most frequent distance when not given.

    Raises
    ------
    PriceDataError
        One line that names the cell: not a price, high below low, close or open outside of them, times that
        repeat, fall or leave a gap, a step that cannot be inferred or is too short.
    """
    if not rows:
        raise PriceDataError(f"{place(0, 'rows')}: expected at least one candle, found none")
    if "time" in rows[0]:
        times = [parse_time(row["time"], place(index, "time")) for index, row in enumerate(rows)]
        step = _checked_step(times, place, step)
    elif start is None or step is None:
        raise PriceDataError(f"{place(0, 'time')}: expected a time, or a start and a step for all rows")
    else:
        times = [start + index * step for index in range(len(rows))]
    if step < _POINTS:
        raise PriceDataError(
            f"{place(0, 'time')}: expected candles of at least {_POINTS} seconds, one for each price inside, "
            f"found a step of {step} s"
        )
    candles: list[Candle] = []
    for index, (row, timestamp) in enumerate(zip(rows, times, strict=True)):
        previous_close = candles[-1].close if candles else None
        candles.append(_read_candle(row, timestamp, previous_close, partial(place, index)))
    return Candles(step, tuple(candles))


def candle_path(candles: Candles, order: CandleOrder = "olhc") -> PricePath:
    """The four prices of each candle, evenly spread over it: at 0, 1/4, 1/2 and 3/4 of its step.

    Consecutive equal prices stay: a feed has a heartbeat.

    Parameters
    ----------
    candles : Candles
    order : {"olhc", "ohlc"}
        Open-low-high-close or open-high-low-close.
    """
    if order not in get_args(CandleOrder):
        raise PriceDataError(f'expected a candle order "olhc" or "ohlc", found {order!r}')
    points = []
    for candle in candles.candles:
        extremes = (candle.low, candle.high) if order == "olhc" else (candle.high, candle.low)
        for quarter, price in enumerate((candle.open, *extremes, candle.close)):
            points.append(PricePoint(candle.timestamp + candles.step * quarter // _POINTS, price))
    return PricePath(tuple(points))


def _read_candle(
    row: Mapping[str, object], timestamp: int, previous_close: int | None, where: Callable[[str], str]
) -> Candle:
    high, low, close = (parse_price(row[name], where(name)) for name in ("high", "low", "close"))
    if high < low:
        raise PriceDataError(
            f"{where('high')}: expected at least the low of {from_wad(low)}, found {from_wad(high)}"
        )
    if "open" in row:
        opening = parse_price(row["open"], where("open"))
    else:
        opening = min(max(close if previous_close is None else previous_close, low), high)
    for name, price in (("open", opening), ("close", close)):
        if not low <= price <= high:
            raise PriceDataError(
                f"{where(name)}: expected between the low of {from_wad(low)} and the high of "
                f"{from_wad(high)}, found {from_wad(price)}"
            )
    return Candle(timestamp, opening, high, low, close)


def _checked_step(times: Sequence[int], place: Callable[[int, str], str], step: int | None) -> int:
    """The seconds between neighbours, after a check that they are the same everywhere."""
    for index, (earlier, later) in enumerate(pairwise(times), start=1):
        if later == earlier:
            raise PriceDataError(f"{place(index, 'time')}: {utc_text(later)} comes twice")
        if later < earlier:
            raise PriceDataError(
                f"{place(index, 'time')}: expected oldest first, found {utc_text(later)} after "
                f"{utc_text(earlier)}"
            )
    distances = Counter(later - earlier for earlier, later in pairwise(times))
    if step is None:
        if not distances:
            raise PriceDataError(
                f"{place(0, 'time')}: expected at least two candles to infer their step, found one"
            )
        # the shorter on a tie: two candles and a hole are more likely than a doubled one
        step = min(distances, key=lambda distance: (-distances[distance], distance))
    for index, (earlier, later) in enumerate(pairwise(times), start=1):
        distance = later - earlier
        if distance != step:
            kind = f"a gap of {distance} s" if distance > step else f"only {distance} s"
            raise PriceDataError(
                f"{place(index, 'time')}: expected a candle every {step} s, found {kind} between "
                f"{utc_text(earlier)} and {utc_text(later)}"
            )
    return step
