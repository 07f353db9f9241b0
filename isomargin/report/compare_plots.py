"""The plots of several runs laid over each other: one plot a quantity, one colour a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go

from isomargin.record import BlockRow
from isomargin.report.amounts import Amount, amount, price_digits, utc
from isomargin.report.compare_numbers import NumberCell, difference_cell
from isomargin.report.compare_runs import ComparedRun
from isomargin.report.series import Series, drawn_blocks, series_of
from isomargin.units import WAD, to_float

__all__ = ["ComparedSeries", "OverlaidPlot", "overlaid_plots"]

_HOUR = 3600
_DRAWN_POINTS = 6000  # of all lines of a plot together
_HEIGHT = 300  # pixels


@dataclass(frozen=True)
class ComparedSeries:
    """A line of the table beside a plot: one run."""

    name: str
    start: Amount
    lowest: Amount
    lowest_at: str
    highest: Amount
    highest_at: str
    end: NumberCell


@dataclass(frozen=True)
class OverlaidPlot:
    """One quantity of all runs, and what is said about it."""

    key: str
    title: str
    caption: str
    figure: go.Figure
    summaries: tuple[ComparedSeries, ...]
    wide: bool = False

    @property
    def description(self) -> str:
        """One sentence for those who do not see the plot."""
        parts = [
            f"{line.name} from {line.start.text} to {line.end.value.text if line.end.value else ''}, lowest"
            f" {line.lowest.text} at {line.lowest_at}, highest {line.highest.text} at {line.highest_at}"
            for line in self.summaries
        ]
        return f"{self.title}: " + "; ".join(parts) + "."


@dataclass(frozen=True)
class _Quantity:
    key: str
    title: str
    caption: str
    of: Callable[[BlockRow], int]
    decimals: int | None  # None: the token's
    digits: int = 2
    wide: bool = False
    is_share: bool = False  # of its first value

    @property
    def in_steps(self) -> bool:
        """Whether it stays as it is between two blocks."""
        return not self.wide


def overlaid_plots(runs: Sequence[ComparedRun]) -> list[OverlaidPlot]:
    """The plots, in the order of the page; runs without blocks have no line.

    Runs that lived through the same time are drawn by the clock, others by the hours since their start.
    Prices of different coins are drawn as shares of the first price of each.
    """
    drawn = [run for run in runs if run.record.blocks]
    if not drawn:
        return []
    clock = _share_a_time(drawn)
    return [_plot(quantity, drawn, clock=clock) for quantity in _quantities(drawn)]


def _quantities(runs: Sequence[ComparedRun]) -> list[_Quantity]:
    info = runs[0].record.run
    token = info.token_symbol or "the collateral token"
    lost = f"Losses that no margin paid, since the start; in {token}."
    assets = f"Assets of the liquidity pool; in {token}."
    insured = f"What is left to pay bad debt; in {token}."
    left = "How many are open after each block."
    return [
        _price(runs),
        _Quantity("bad-debt", "Bad debt", lost, lambda row: row.bad_debt, 18),
        _Quantity("pool", "Pool assets", assets, lambda row: row.pool_assets, None),
        _Quantity("insurance", "Insurance fund", insured, lambda row: row.insurance_fund, None),
        _Quantity("open-positions", "Open positions", left, lambda row: row.open_positions, 0, 0),
    ]


def _price(runs: Sequence[ComparedRun]) -> _Quantity:
    coins = {run.record.run.base_symbol for run in runs}
    if len(coins) > 1:
        caption = "Oracle price as a share of each run's first; the coins are not the same."
        return _Quantity("price", "Price", caption, lambda row: row.price, 18, 4, wide=True, is_share=True)
    info = runs[0].record.run
    quoted = (
        f" in {info.token_symbol} per {info.base_symbol}" if info.token_symbol and info.base_symbol else ""
    )
    digits = price_digits(min(row.price for run in runs for row in run.record.blocks))
    return _Quantity("price", "Price", f"Oracle price{quoted}.", lambda row: row.price, 18, digits, wide=True)


def _plot(quantity: _Quantity, runs: Sequence[ComparedRun], *, clock: bool) -> OverlaidPlot:
    decimals = max(_decimals(quantity, run) for run in runs)
    lines = [_series(quantity, run, decimals, _DRAWN_POINTS // len(runs), clock=clock) for run in runs]
    figure = go.Figure([_trace(line, quantity, place, clock=clock) for place, line in enumerate(lines)])
    _lay_out(figure, clock=clock, height=_HEIGHT + 60 * quantity.wide)
    when = "Times are UTC." if clock else "Time is counted from the first block of each run."
    alike = all((line.timestamps, line.amounts) == (lines[0].timestamps, lines[0].amounts) for line in lines)
    told = f"{quantity.caption} {'The same in all runs.' if alike else ''}".strip()
    return OverlaidPlot(
        key=quantity.key,
        title=quantity.title,
        caption=f"{told} {when}" if quantity.wide else told,
        figure=figure,
        summaries=tuple(_summary(line, lines[0], quantity.digits, clock=clock) for line in lines),
        wide=quantity.wide,
    )


def _series(quantity: _Quantity, run: ComparedRun, decimals: int, limit: int, *, clock: bool) -> Series:
    """The line of a run; without a clock its times are seconds since its start."""
    blocks = drawn_blocks(run.record.blocks, limit)
    lift = 10 ** (decimals - _decimals(quantity, run))
    line = series_of(blocks, run.name, run.colour, lambda row: quantity.of(row) * lift, decimals=decimals)
    start = 0 if clock else line.timestamps[0]
    line = replace(line, timestamps=[time - start for time in line.timestamps])
    if quantity.is_share and line.amounts[0]:
        line = replace(line, amounts=[value * WAD // line.amounts[0] for value in line.amounts])
    return line


def _decimals(quantity: _Quantity, run: ComparedRun) -> int:
    return run.record.run.token_decimals if quantity.decimals is None else quantity.decimals


def _trace(line: Series, quantity: _Quantity, place: int, *, clock: bool) -> go.Scatter:
    return go.Scatter(
        x=np.asarray(line.timestamps, dtype=np.float64) * (1000.0 if clock else 1 / _HOUR),
        y=np.asarray([to_float(value, line.decimals) for value in line.amounts], dtype=np.float64),
        name=line.name,
        mode="lines",
        # The first run is the ground that the others are drawn on: it shows where they cover it.
        line={
            "color": line.colour,
            "width": 2 if place else 4,
            "shape": "hv" if quantity.in_steps else "linear",
        },
        hovertemplate=f"%{{y:,.{quantity.digits}f}}",
    )


def _lay_out(figure: go.Figure, *, clock: bool, height: int) -> None:
    """As the plots of a run, so that the same script can theme and zoom them."""
    figure.update_layout(
        template=go.layout.Template(),
        height=height,
        margin={"l": 62, "r": 14, "t": 10, "b": 46},
        showlegend=False,
        hovermode="x unified",
        dragmode="zoom",
    )
    by_clock = {"type": "date", "tickformat": "%H:%M\n%d %b", "hoverformat": "%d %b %Y %H:%M UTC"}
    by_hours = {"type": "linear", "ticksuffix": " h", "hoverformat": ".2f"}
    figure.update_xaxes(
        nticks=8,
        showline=True,
        ticks="outside",
        showgrid=False,
        zeroline=False,
        spikethickness=1,
        spikedash="solid",
        **(by_clock if clock else by_hours),
    )
    figure.update_yaxes(nticks=7, zeroline=True, exponentformat="B", fixedrange=True, automargin=False)


def _summary(line: Series, first: Series, digits: int, *, clock: bool) -> ComparedSeries:
    def shown(value: int) -> Amount:
        return amount(value, line.decimals, digits=digits)

    def when(value: int) -> str:
        time = line.timestamps[list(line.amounts).index(value)]
        return utc(time, year=False) if clock else f"{time / _HOUR:.1f} h"

    lowest, highest = min(line.amounts), max(line.amounts)
    return ComparedSeries(
        name=line.name,
        start=shown(line.amounts[0]),
        lowest=shown(lowest),
        lowest_at=when(lowest),
        highest=shown(highest),
        highest_at=when(highest),
        end=difference_cell(line.amounts[-1], first.amounts[-1], line.decimals, digits=digits),
    )


def _share_a_time(runs: Sequence[ComparedRun]) -> bool:
    """Whether there is a moment that all runs lived through."""
    begins = max(run.record.blocks[0].timestamp for run in runs)
    return all(begins <= run.record.blocks[-1].timestamp for run in runs)
