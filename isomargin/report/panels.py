"""The plots of the page with their words: title, caption, legend, and a table that says the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import plotly.graph_objects as go

from isomargin.record import RunRecord
from isomargin.report.amounts import Amount, amount, price_digits, utc
from isomargin.report.figures import AMBER, BLUE, GREY, TEAL, VERMILION, price_figure, time_figure
from isomargin.report.series import (
    Series,
    drawn_blocks,
    keeper_profits,
    keeper_series,
    liquidation_bars,
    liquidation_marks,
    series_of,
)

__all__ = ["Panel", "SeriesSummary", "panels"]


@dataclass(frozen=True)
class SeriesSummary:
    """A line of the table beside a plot."""

    name: str
    start: Amount
    lowest: Amount
    lowest_at: str
    highest: Amount
    highest_at: str
    end: Amount


@dataclass(frozen=True)
class Panel:
    """One plot and what is said about it."""

    key: str
    title: str
    caption: str
    figure: go.Figure
    series: tuple[Series, ...]
    summaries: tuple[SeriesSummary, ...]
    wide: bool = False

    @property
    def description(self) -> str:
        """One sentence for those who do not see the plot."""
        parts = [
            f"{line.name} from {line.start.text} to {line.end.text}, lowest {line.lowest.text}"
            f" at {line.lowest_at}, highest {line.highest.text} at {line.highest_at}"
            for line in self.summaries
        ]
        return f"{self.title}: " + "; ".join(parts) + "."


def panels(record: RunRecord) -> list[Panel]:
    """The plots of a run, in the order of the page; none when no block was recorded."""
    if not record.blocks:
        return []
    shown = [_price(record), _open_interest(record), _holdings(record), _losses(record), _keepers(record)]
    return [*shown, _race(record)] if len(record.summary.keepers) > 1 else shown


def _price(record: RunRecord) -> Panel:
    drawn = drawn_blocks(record.blocks)
    price = series_of(drawn, "Oracle price", BLUE, lambda block: block.price)
    marks = liquidation_marks(record.blocks, VERMILION)
    bars = liquidation_bars(record.blocks, VERMILION)
    digits = price_digits(min(block.price for block in record.blocks))
    symbols = (record.run.token_symbol, record.run.base_symbol)
    quoted = " in {} per {}".format(*symbols) if all(symbols) else ""
    return Panel(
        key="price",
        title="Price and liquidations",
        caption=f"Oracle price{quoted}, and below it how many liquidations took effect. Times are UTC.",
        figure=price_figure(price, marks, bars, digits=digits),
        series=(price, marks, bars),
        summaries=(_summary(price, digits), _summary(bars, 0)),
        wide=True,
    )


def _open_interest(record: RunRecord) -> Panel:
    drawn = drawn_blocks(record.blocks)
    series = (
        series_of(drawn, "Skew", GREY, lambda block: block.skew, mark="area"),
        series_of(drawn, "Long", BLUE, lambda block: block.long_open_interest),
        series_of(drawn, "Short", AMBER, lambda block: block.short_open_interest),
    )
    unit = record.run.base_symbol or "the base asset"
    caption = f"Open interest of each side, and skew, long less short; in {unit}."
    return _lines("open-interest", "Open interest", caption, series)


def _holdings(record: RunRecord) -> Panel:
    drawn, decimals = drawn_blocks(record.blocks), record.run.token_decimals
    series = (
        series_of(drawn, "Liquidity pool", TEAL, lambda block: block.pool_assets, decimals=decimals),
        series_of(drawn, "Trader equity", BLUE, lambda block: block.trader_equity),
    )
    caption = f"Assets of the pool, equity of the traders; each to its own scale, in {_token(record)}."
    return _lines("holdings", "Pool and traders", caption, series, apart=True)


def _losses(record: RunRecord) -> Panel:
    drawn, decimals = drawn_blocks(record.blocks), record.run.token_decimals
    series = (
        series_of(drawn, "Insurance fund", TEAL, lambda block: block.insurance_fund, decimals=decimals),
        series_of(drawn, "Bad debt since the start", VERMILION, lambda block: block.bad_debt),
    )
    caption = f"Losses no margin paid: the fund pays first, the pool bears the rest; in {_token(record)}."
    return _lines("losses", "Insurance and bad debt", caption, series)


def _keepers(record: RunRecord) -> Panel:
    caption = f"All keepers together since the start; between the lines is their profit; in {_token(record)}."
    return _lines("keeper-income", "Keeper rewards and gas", caption, keeper_series(record, TEAL, GREY))


def _race(record: RunRecord) -> Panel:
    series = keeper_profits(record, (TEAL, BLUE, AMBER, VERMILION, GREY))
    some = len(series) < len(record.summary.keepers)
    who = "The best keepers and the last one" if some else "Each keeper"
    caption = f"{who}: rewards less gas since the start; in {_token(record)}."
    return replace(_lines("keeper-race", "Profit of each keeper", caption, series), wide=True)


def _lines(key: str, title: str, caption: str, series: tuple[Series, ...], *, apart: bool = False) -> Panel:
    summaries = tuple(_summary(each, _digits(each)) for each in series)
    return Panel(key, title, caption, time_figure(series, apart=apart), series, summaries)


def _digits(series: Series) -> int:
    """Two digits behind the point, more for a coin whose whole holding is below one."""
    largest = max(abs(value) for value in series.amounts)
    if largest == 0 or largest >= 10**series.decimals:
        return 2
    return 2 - math.floor(math.log10(largest) - series.decimals)


def _summary(series: Series, digits: int) -> SeriesSummary:
    def shown(value: int) -> Amount:
        return amount(value, series.decimals, digits=digits)

    lowest, highest = min(series.amounts), max(series.amounts)
    return SeriesSummary(
        name=series.name,
        start=shown(series.amounts[0]),
        lowest=shown(lowest),
        lowest_at=_time_of(series, lowest),
        highest=shown(highest),
        highest_at=_time_of(series, highest),
        end=shown(series.amounts[-1]),
    )


def _time_of(series: Series, value: int) -> str:
    places: Sequence[int] = series.amounts
    return utc(series.timestamps[list(places).index(value)], year=False)


def _token(record: RunRecord) -> str:
    return record.run.token_symbol or "the collateral token"
