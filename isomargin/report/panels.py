"""The plots of the page with their words: title, caption, legend, and a table that says the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import plotly.graph_objects as go

from isomargin.record import RunRecord
from isomargin.report.amounts import Amount, amount, count, price_digits, utc
from isomargin.report.figures import (
    AMBER,
    BLUE,
    GREY,
    TEAL,
    VERMILION,
    price_figure,
    ratio_figure,
    time_figure,
)
from isomargin.report.price_map import MapMoment, PriceMap, map_figure, price_range
from isomargin.report.series import (
    Series,
    block_group,
    drawn_blocks,
    keeper_profits,
    keeper_series,
    liquidation_bars,
    liquidation_marks,
    ratio_series,
    series_of,
    struck_blocks,
)

__all__ = ["Cell", "Choice", "Panel", "PanelTable", "SeriesSummary", "panels"]

_TALL = 430  # pixels of the two plots that stand beside each other and have rows
_LISTED_BLOCKS = 200


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
class Choice:
    """A cell that shows a group of positions in their table."""

    label: str
    group: str


Cell = Amount | Choice | str | None


@dataclass(frozen=True)
class PanelTable:
    """What a plot shows mark by mark, for the keyboard and for those who do not see it."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Panel:
    """One plot and what is said about it."""

    key: str
    title: str
    caption: str
    figure: go.Figure
    series: tuple[Series, ...]
    summaries: tuple[SeriesSummary, ...] = ()
    wide: bool = False
    table: PanelTable | None = None
    said: str = ""

    @property
    def description(self) -> str:
        """One sentence for those who do not see the plot."""
        if self.said:
            return f"{self.title}: {self.said}"
        parts = [
            f"{line.name} from {line.start.text} to {line.end.text}, lowest {line.lowest.text}"
            f" at {line.lowest_at}, highest {line.highest.text} at {line.highest_at}"
            for line in self.summaries
        ]
        return f"{self.title}: " + "; ".join(parts) + "."


def panels(record: RunRecord, prices: PriceMap | None = None) -> list[Panel]:
    """The plots of a run, in the order of the page; none when no block was recorded.

    Parameters
    ----------
    record : RunRecord
    prices : PriceMap, optional
        Of `price_map`, if the record has one.
    """
    if not record.blocks:
        return []
    shown = [_price(record)]
    if prices is not None:
        shown.append(_map(record, prices))
    shown += [_open_interest(record), *_ratios(record), _holdings(record), _losses(record)]
    if record.summary.keepers:
        shown.append(_keepers(record))
    return [*shown, _race(record)] if len(record.summary.keepers) > 1 else shown


def _price(record: RunRecord) -> Panel:
    drawn = drawn_blocks(record.blocks)
    price = series_of(drawn, "Oracle price", BLUE, lambda block: block.price)
    marks = liquidation_marks(record.blocks, VERMILION)
    bars = liquidation_bars(record.blocks, VERMILION)
    digits = price_digits(min(block.price for block in record.blocks))
    return Panel(
        key="price",
        title="Price and liquidations",
        caption=f"Oracle price{_quoted(record)}, and below it how many liquidations took effect. Times are"
        " UTC. Choose a dot to see whom it liquidated.",
        figure=price_figure(price, marks, bars, digits=digits),
        series=(price, marks, bars),
        summaries=(_summary(price, digits), _summary(bars, 0)),
        wide=True,
        table=_liquidations(record, digits),
    )


def _liquidations(record: RunRecord, digits: int) -> PanelTable | None:
    struck = struck_blocks(record.blocks)
    if not struck:
        return None
    shown = struck_blocks(record.blocks, _LISTED_BLOCKS)
    rows = tuple(
        (
            Choice(f"Block {block.block}", block_group(block.block)),
            utc(block.timestamp, year=False),
            amount(block.price, 18, digits=digits),
            count(block.liquidations),
            amount(block.liquidated_notional, 18),
        )
        for block in shown
    )
    note = f"The {len(shown)} blocks with the largest notional." if len(shown) < len(struck) else ""
    headings = ("Positions", "Time, UTC", "Price", "Liquidations", "Notional closed")
    return PanelTable("Liquidations by block", headings, rows, note)


def _map(record: RunRecord, prices: PriceMap) -> Panel:
    digits = price_digits(min(block.price for block in record.blocks))
    labels = [_moment_label(moment, digits) for moment in prices.moments]
    before, after = (prices.moments[0], prices.moments[-1])
    said = f"{labels[0]}, {_notional(before)}; {labels[-1]}, {_notional(after)}."
    legend = (
        Series("Longs", "bar", BLUE, (), (), 18),
        Series("Shorts", "bar", AMBER, (), (), 18),
        Series("Price of the moment; dotted: its lowest and highest from then on", "line", GREY, (), (), 18),
    )
    return Panel(
        key="liquidation-map",
        title="Liquidation prices, before and after",
        caption=f"Notional{_in_token(record)} by the price that liquidates it: in the first block with the"
        " most positions open, when all that was to fall stood, and at the end of the run. Choose a bar to"
        " see whose.",
        figure=map_figure(prices, labels),
        series=legend,
        wide=True,
        table=_map_table(prices),
        said=said,
    )


def _moment_label(moment: MapMoment, digits: int) -> str:
    name = "Before" if moment.name == "most open" else "After"
    price = amount(moment.price, 18, digits=digits).text
    when = utc(moment.timestamp, year=False)
    return f"{name}: {when}, price {price}, {moment.positions:,} open"


def _notional(moment: MapMoment) -> str:
    longs, shorts = (sum(getattr(step, side) for step in moment.steps) for side in ("long", "short"))
    safe = f", {moment.safe:,} safe at any price" if moment.safe else ""
    long, short = amount(longs, 18, digits=0).text, amount(shorts, 18, digits=0).text
    return f"notional {long} long and {short} short{safe}"


def _map_table(prices: PriceMap) -> PanelTable:
    rows: list[tuple[Cell, ...]] = []
    for place in range(prices.count):
        steps = [moment.steps[place] for moment in prices.moments]
        if any(step.ids for step in steps):
            step_range = price_range(prices, place).removeprefix("from ")
            first = next(step for step in steps if step.ids)
            cells = [amount(each, 18, digits=0) for step in steps for each in (step.long, step.short)]
            rows.append((Choice(step_range, first.group), *cells))
    headings = ["Liquidated at"]
    for moment in prices.moments:
        name = "before" if moment.name == "most open" else "after"
        headings += [f"Longs {name}", f"Shorts {name}"]
    return PanelTable("Notional by price", tuple(headings), tuple(rows))


def _open_interest(record: RunRecord) -> Panel:
    drawn = drawn_blocks(record.blocks)
    long = series_of(drawn, "Long", BLUE, lambda block: block.long_open_interest)
    short = series_of(drawn, "Short", AMBER, lambda block: block.short_open_interest)
    skew = series_of(drawn, "Skew", GREY, lambda block: block.skew, mark="area")
    funding = series_of(drawn, "Funding index", TEAL, lambda block: block.funding_index)
    series, base = (long, short, skew, funding), record.run.base_symbol or "base"
    labels = (f"Each side, {base}", f"Skew: long less short, {base}", f"Funding index{_quoted(record)}")
    return Panel(
        key="open-interest",
        title="Open interest, skew and funding",
        caption=f"The funding index is what a long of one {base} has paid since the start, and a short got;"
        " below zero the other way round.",
        figure=time_figure([(long, short), (skew,), (funding,)], labels=labels, height=_TALL),
        series=series,
        summaries=tuple(_summary(each, _digits(each)) for each in series),
    )


def _ratios(record: RunRecord) -> list[Panel]:
    series = ratio_series(record, BLUE, BLUE, VERMILION)
    if not series:
        return []
    calls = _call_ratio(record.run.parameters)
    dotted = f" (dotted: {calls:g}, where margin calls begin)" if calls > 1 else ""
    figure = ratio_figure(series, calls, span=[block.timestamp for block in record.blocks], height=_TALL)
    names = {"5%": "5% of positions up to", "25%": "25% up to", "75%": "75% up to", "95%": "95% up to"}
    order = (5, 0, 2, 4, 3, 1)
    panel = Panel(
        key="margin-ratios",
        title="Margin ratios",
        caption="Equity over maintenance margin of the open positions: 90% of them lie in the band, half in"
        f" its inner part. Below 1 a position can be liquidated{dotted}, below 0 it owes more than it holds."
        " The scale is logarithmic away from zero.",
        figure=figure,
        series=(*(line for line in series if line.in_legend), *_bands()),
        summaries=tuple(
            _summary(replace(series[place], name=names.get(series[place].name, series[place].name)), 2)
            for place in order
        ),
    )
    return [panel]


def _bands() -> tuple[Series, Series]:
    return Series("25 to 75%", "inner", BLUE, (), (), 18), Series("5 to 95%", "outer", BLUE, (), (), 18)


def _call_ratio(parameters: Mapping[str, object]) -> float:
    risk = parameters.get("risk")
    found = risk.get("call_ratio") if isinstance(risk, Mapping) else None
    try:
        return float(str(found))
    except ValueError:
        return 0.0


def _holdings(record: RunRecord) -> Panel:
    drawn, decimals = drawn_blocks(record.blocks), record.run.token_decimals
    series = (
        series_of(drawn, "Liquidity pool", TEAL, lambda block: block.pool_assets, decimals=decimals),
        series_of(drawn, "Trader equity", BLUE, lambda block: block.trader_equity),
    )
    caption = f"Assets of the pool, equity of the traders; each to its own scale, in {_token(record)}."
    return _lines("holdings", "Pool and traders", caption, [(each,) for each in series])


def _losses(record: RunRecord) -> Panel:
    drawn, decimals = drawn_blocks(record.blocks), record.run.token_decimals
    series = (
        series_of(drawn, "Insurance fund", TEAL, lambda block: block.insurance_fund, decimals=decimals),
        series_of(drawn, "Bad debt since the start", VERMILION, lambda block: block.bad_debt),
    )
    caption = (
        "Losses no margin paid: the fund pays first, the pool bears the rest; each to its own scale, in"
        f" {_token(record)}."
    )
    return _lines("losses", "Insurance and bad debt", caption, [(each,) for each in series])


def _keepers(record: RunRecord) -> Panel:
    caption = f"All keepers together since the start; between the lines is their profit; in {_token(record)}."
    series = keeper_series(record, TEAL, GREY)
    panel = _lines("keeper-income", "Keeper rewards and gas", caption, [series])
    return replace(panel, wide=len(record.summary.keepers) <= 1)


def _race(record: RunRecord) -> Panel:
    series = keeper_profits(record, (TEAL, BLUE, AMBER, VERMILION, GREY))
    some = len(series) < len(record.summary.keepers)
    who = "The best keepers and the last one" if some else "Each keeper"
    caption = f"{who}: rewards less gas since the start; in {_token(record)}."
    return _lines("keeper-race", "Profit of each keeper", caption, [series])


def _lines(key: str, title: str, caption: str, rows: Sequence[Sequence[Series]]) -> Panel:
    series = tuple(each for row in rows for each in row)
    summaries = tuple(_summary(each, _digits(each)) for each in series)
    return Panel(key, title, caption, time_figure(rows), series, summaries)


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


def _quoted(record: RunRecord) -> str:
    symbols = (record.run.token_symbol, record.run.base_symbol)
    return " in {} per {}".format(*symbols) if all(symbols) else ""


def _in_token(record: RunRecord) -> str:
    return f" in {record.run.token_symbol}" if record.run.token_symbol else ""


def _token(record: RunRecord) -> str:
    return record.run.token_symbol or "the collateral token"
