"""One page that compares settings over events: a price and a matrix for each, and what they show in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from isomargin.prices import PricePath
from isomargin.record import replace_file
from isomargin.report.amounts import Amount, price_digits, utc
from isomargin.report.amounts import amount as exact_amount
from isomargin.report.embedding import figures_json
from isomargin.report.figures import BLUE, VERMILION
from isomargin.report.page import packed_plotly, page_environment
from isomargin.sweep.matrix import MEASURES, Matrix, Measure, Setting, Spread, matrix_of
from isomargin.sweep.matrix_words import findings, value_amount
from isomargin.sweep.results import SweepResults
from isomargin.sweep.wording import percentage
from isomargin.units import to_float

__all__ = ["Event", "MatrixPage", "render_matrix_page", "write_matrix_page"]

_PLOT_HEIGHT = 210
_OVERVIEW = MEASURES[0]


@dataclass(frozen=True)
class Event:
    """What the settings are compared over, one section of the page.

    Attributes
    ----------
    key : str
        Its name in the sweep.
    title, text : str
        For people.
    path : PricePath
        The prices that its runs were played on.
    """

    key: str
    title: str
    text: str
    path: PricePath


@dataclass(frozen=True)
class MatrixPage:
    """What a page is about.

    Attributes
    ----------
    title : str
    events : tuple of Event
        In their order on the page.
    event_axis, rows_axis, columns_axis : str
        Parameters of the sweep that are choices.
    command : str
        What makes the page again.
    """

    title: str
    events: tuple[Event, ...]
    event_axis: str
    rows_axis: str
    columns_axis: str
    command: str = ""


@dataclass(frozen=True)
class _Value:
    """One cell on the page; `spread` is from the smallest to the largest of the runs."""

    mean: Amount
    spread: str
    is_best: bool


@dataclass(frozen=True)
class _Line:
    title: str
    note: str
    values: tuple[_Value, ...]


@dataclass(frozen=True)
class _Section:
    event: Event
    facts: tuple[str, ...]
    description: str
    lines: tuple[_Line, ...]


def write_matrix_page(results: SweepResults, path: str | Path, page: MatrixPage) -> None:
    """Write the comparison as one HTML page that needs no network.

    Parameters
    ----------
    results : SweepResults
        Of a sweep over three choices, whole or as far as it came.
    path : str or Path
        Of the page; its directory is made if missing.
    page : MatrixPage

    Raises
    ------
    InputError
        If the sweep has other parameters, or the file cannot be written.
    """
    replace_file(Path(path), render_matrix_page(results, page).encode("utf-8"))


def render_matrix_page(results: SweepResults, page: MatrixPage) -> str:
    """The page as text; the same results give the same bytes."""
    info = results.info
    matrix = matrix_of(results.table, page.event_axis, page.rows_axis, page.columns_axis)
    events = [event for event in page.events if event.key in matrix.events]
    figures = {event.key: _price_figure(event.path) for event in events}
    titles = {event.key: event.title for event in events}
    return (
        page_environment("isomargin.sweep")
        .get_template("matrix.html")
        .render(
            page=page,
            info=info,
            matrix=matrix,
            complete=results.complete,
            token=info.token_symbol or "the collateral token",
            findings=findings(matrix, titles, info.token_symbol, page.rows_axis, page.columns_axis),
            overview=[_line(matrix, event.key, _OVERVIEW, event.title, "") for event in events],
            overview_measure=_OVERVIEW,
            sections=[_section(matrix, event) for event in events],
            figures=figures_json(figures) if figures else "",
            plot_height=_PLOT_HEIGHT,
            plotly_js=packed_plotly() if events else "",
        )
    )


def _section(matrix: Matrix, event: Event) -> _Section:
    prices = [point.price for point in event.path]
    step, fall = _worst_step(event.path), _worst_fall(prices)
    digits = price_digits(min(prices))
    low, high, first, last = (
        exact_amount(price, 18, digits=digits).text
        for price in (min(prices), max(prices), prices[0], prices[-1])
    )
    period = f"{utc(event.path[0].timestamp)} to {utc(event.path[-1].timestamp)} UTC"
    facts = (
        period,
        f"falls {percentage(fall).text} from its high",
        f"{percentage(step).text} at most between two prices, {event.path.intervals[0]:,} s",
        f"{len(prices):,} prices",
    )
    prose = f"the price from {first} to {last}, lowest {low}, highest {high}"
    description = f"{event.title}: {prose}; {'; '.join(facts[1:])}."
    lines = tuple(_line(matrix, event.key, measure, measure.title, measure.note) for measure in MEASURES)
    return _Section(event, facts, description, lines)


def _line(matrix: Matrix, event: str, measure: Measure, title: str, note: str) -> _Line:
    best = matrix.best(event, measure)
    values = tuple(
        _value(matrix.spread(event, setting, measure), measure, setting, best) for setting in matrix.settings
    )
    return _Line(title, note, values)


def _value(spread: Spread, measure: Measure, setting: Setting, best: frozenset[Setting]) -> _Value:
    low, high = (value_amount(end, measure).text for end in (spread.low, spread.high))
    apart = "" if low == high else f"{low} to {high}"
    return _Value(value_amount(spread.mean, measure), apart, setting in best)


def _worst_step(path: PricePath) -> float:
    """The largest fall from one price to the next, as a share."""
    falls = [1 - to_float(later.price) / to_float(earlier.price) for earlier, later in pairwise(path)]
    return max([0.0, *falls])


def _worst_fall(prices: Sequence[int]) -> float:
    """The largest fall from a price to any later one, as a share."""
    values = np.array([to_float(price) for price in prices])
    return float((1 - values / np.maximum.accumulate(values)).max())


def _price_figure(path: PricePath) -> go.Figure:
    """The price, with the place from which it fell most and the one to which."""
    prices = np.array([to_float(point.price) for point in path])
    times = np.array([point.timestamp for point in path], dtype=np.float64) * 1000.0
    low = int((1 - prices / np.maximum.accumulate(prices)).argmax())
    high = int(prices[: low + 1].argmax())
    figure = go.Figure(
        [
            go.Scatter(x=times, y=prices, mode="lines", line={"color": BLUE, "width": 1.6}, name="Price"),
            go.Scatter(
                x=times[[high, low]],
                y=prices[[high, low]],
                mode="lines+markers",
                line={"color": VERMILION, "width": 1, "dash": "dot"},
                marker={"color": VERMILION, "size": 7},
                hoverinfo="skip",
            ),
        ]
    )
    figure.update_traces(hovertemplate="%{y:,.2f}<extra></extra>", selector=0)
    figure.update_layout(
        template=go.layout.Template(),
        height=_PLOT_HEIGHT,
        margin={"l": 52, "r": 10, "t": 8, "b": 40},
        showlegend=False,
        meta={"time": False},  # each crash has a time of its own: zooming one leaves the others
        hovermode="x",
        dragmode=False,
        xaxis={
            "type": "date",
            "tickformat": "%H:%M\n%d %b",
            "nticks": 6,
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis={"fixedrange": True, "nticks": 5, "tickformat": ",d", "zeroline": False},
    )
    return figure
