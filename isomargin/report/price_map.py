"""The map of liquidation prices: how much notional hangs on each price, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from isomargin.record import LiquidationPriceRow, Moment, RunRecord
from isomargin.report.amounts import amount, step_digits
from isomargin.report.figures import AMBER, BLUE, GREY, bare_figure, floats, row_label
from isomargin.units import to_float

__all__ = ["MapMoment", "PriceMap", "PriceStep", "map_figure", "price_map", "price_range"]

_STEPS = 44  # at most, so that a bar can still be pointed at on a phone
_FARTHEST = 3  # times the price: beyond, one step takes all


@dataclass(frozen=True)
class PriceStep:
    """The positions of one moment whose liquidation price lies in a step of prices; notional in WAD quote."""

    group: str
    long: int
    short: int
    ids: tuple[int, ...]


@dataclass(frozen=True)
class MapMoment:
    """One of the two moments of a map.

    Attributes
    ----------
    name : str
        "most open" or "end".
    block, timestamp, price : int
        When it was, and the oracle price then, WAD.
    lowest_after, highest_after : int
        Between which the price moved from then on, WAD.
    steps : tuple of PriceStep
        By the steps of the map.
    positions : int
        How many were open.
    safe : int
        How many of them no price liquidates.
    """

    name: Moment
    block: int
    timestamp: int
    price: int
    lowest_after: int
    highest_after: int
    steps: tuple[PriceStep, ...]
    positions: int
    safe: int


@dataclass(frozen=True)
class PriceMap:
    """Steps of `width` from `start`, WAD quote per base; all above the last one is counted in it."""

    start: int
    width: int
    count: int
    moments: tuple[MapMoment, ...]


def price_map(record: RunRecord) -> PriceMap | None:
    """Count the notional of the record's liquidation prices by steps of price; None if it has none."""
    rows = record.liquidation_prices
    priced = [row.liquidation_price for row in rows if row.liquidation_price]
    if not priced:
        return None
    prices = [block.price for block in record.blocks]
    low = min(*priced, *prices)
    high = min(max(*priced, *prices), _FARTHEST * max(prices))
    width = _nice_width(high - low)
    start = low // width * width
    count = (high - start) // width + 1
    names: tuple[Moment, ...] = ("most open", "end")
    moments = [
        _moment(name, [row for row in rows if row.moment == name], record, start, width, count)
        for name in names
    ]
    return PriceMap(start, width, count, tuple(moment for moment in moments if moment is not None))


def price_range(prices: PriceMap, place: int) -> str:
    """A step of a map in words."""
    digits = step_digits(prices.width)
    low = prices.start + place * prices.width
    if place == prices.count - 1:
        return f"from {amount(low, 18, digits=digits).text} on"
    high = amount(low + prices.width, 18, digits=digits).text
    return f"from {amount(low, 18, digits=digits).text} to {high}"


def map_figure(prices: PriceMap, labels: Sequence[str]) -> go.Figure:
    """One row of bars for each moment, on one scale of notional, with the price of the moment marked.

    Parameters
    ----------
    prices : PriceMap
    labels : sequence of str
        What stands above each row.
    """
    figure = go.Figure()
    middles = floats(
        [prices.start + place * prices.width + prices.width // 2 for place in range(prices.count)], 18
    )
    share = 0.41 if len(prices.moments) > 1 else 1.0
    for row, moment in enumerate(prices.moments):
        axis, top = f"y{row + 1 if row else ''}", 1 - row * (1 - share)
        when = "before" if moment.name == "most open" else "after"
        for name, colour, amounts in (
            (f"Longs {when}", BLUE, [step.long for step in moment.steps]),
            (f"Shorts {when}", AMBER, [step.short for step in moment.steps]),
        ):
            figure.add_bar(
                x=middles,
                y=floats(amounts, 18),
                name=name,
                ids=[step.group for step in moment.steps],
                marker={"color": colour, "line": {"width": 0}},
                hovertemplate="%{y:,.0f}",
                yaxis=axis,
            )
        figure.update_layout(
            {
                axis.replace("y", "yaxis"): {
                    "domain": [max(0.0, top - share), top],
                    "rangemode": "tozero",
                    "nticks": 5,
                    "matches": "y" if row else None,
                }
            }
        )
        figure.add_annotation(**row_label(labels[row], top))
        for price, dash in _lines_of(moment, is_last=row > 0):
            figure.add_shape(**_price_line(price, axis, dash))
    bare_figure(figure, height=430)
    first, last = to_float(prices.start, 18), to_float(prices.start + prices.count * prices.width, 18)
    room = 0.012 * (last - first)
    figure.update_layout(
        meta={"time": False},
        barmode="stack",
        bargap=0.08,
        hovermode="x unified",
        hoversubplots="axis",
        dragmode=False,
        xaxis={
            "range": [first - room, last + room],
            "anchor": "free",
            "position": 0,
            "fixedrange": True,
            "tickformat": ",",
            "unifiedhovertitle": {"text": f"Liquidated around %{{x:,.{step_digits(prices.width) + 1}f}}"},
            "showline": True,
            "ticks": "outside",
            "showgrid": False,
            "zeroline": False,
        },
    )
    return figure


def _lines_of(moment: MapMoment, *, is_last: bool) -> list[tuple[int, str]]:
    """The price of the moment, and between what it moved afterwards."""
    if is_last or moment.lowest_after == moment.highest_after:
        return [(moment.price, "solid")]
    return [(moment.price, "solid"), (moment.lowest_after, "dot"), (moment.highest_after, "dot")]


def _price_line(price: int, axis: str, dash: str) -> dict[str, object]:
    at = to_float(price, 18)
    line = {"color": GREY, "width": 2 if dash == "solid" else 1.5, "dash": dash}
    return {
        "type": "line", "x0": at, "x1": at, "yref": f"{axis} domain", "y0": 0, "y1": 1, "line": line,
    }  # fmt: skip


def _moment(
    name: Moment,
    rows: Sequence[LiquidationPriceRow],
    record: RunRecord,
    start: int,
    width: int,
    count: int,
) -> MapMoment | None:
    at = rows[0].block if rows else record.blocks[-1].block
    since = [block for block in record.blocks if block.block >= at]
    if not since:
        return None
    longs, shorts = [0] * count, [0] * count
    ids: list[list[int]] = [[] for _ in range(count)]
    for row in rows:
        if row.liquidation_price:
            place = min(count - 1, (row.liquidation_price - start) // width)
            (longs if row.side == "long" else shorts)[place] += row.notional
            ids[place].append(row.position)
    prefix = "m" if name == "most open" else "e"
    return MapMoment(
        name=name,
        block=at,
        timestamp=since[0].timestamp,
        price=since[0].price,
        lowest_after=min(block.price for block in since),
        highest_after=max(block.price for block in since),
        steps=tuple(
            PriceStep(f"{prefix}{place}", longs[place], shorts[place], tuple(ids[place]))
            for place in range(count)
        ),
        positions=len(rows),
        safe=sum(not row.liquidation_price for row in rows),
    )


def _nice_width(span: int) -> int:
    """The least of 1, 2 or 5 times a power of ten of which `_STEPS` span the prices."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power * (_STEPS - 1) >= span:
                return factor * power
        power *= 10
