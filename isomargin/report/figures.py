"""The plots: pure functions from series to plotly figures, in colours that every theme can show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from isomargin.report.series import Series
from isomargin.units import to_float

__all__ = ["AMBER", "BLUE", "GREY", "TEAL", "VERMILION", "price_figure", "time_figure"]

# Told apart by people with any colour vision, and with a contrast above 3 to white and to near-black.
BLUE = "#3a80c9"
AMBER = "#b8820f"
VERMILION = "#d9592b"
TEAL = "#1c9a80"
GREY = "#7c8795"

_LARGEST_DOT = 26  # pixels
_GAP = 0.1  # between the rows of a plot, of its height


def price_figure(price: Series, marks: Series, bars: Series, *, digits: int) -> go.Figure:
    """The price with a dot where positions were liquidated, and below it how many.

    Parameters
    ----------
    price, marks, bars : Series
        Of `series_of`, `liquidation_marks` and `liquidation_bars`.
    digits : int
        Behind the point of a price.
    """
    figure = go.Figure([_line(price, f",.{digits}f"), _dots(marks), _bars(bars, yaxis="y2")])
    figure.update_layout(
        yaxis_domain=[0.3, 1],
        yaxis2={"domain": [0, 0.2], "rangemode": "tozero", "nticks": 3, "tickformat": ",d"},
        bargap=0.15,
    )
    return _styled(figure, price.timestamps, height=452)


def time_figure(lines: Sequence[Series], *, apart: bool = False) -> go.Figure:
    """Amounts over time.

    Parameters
    ----------
    lines : sequence of Series
        Marked "line" or "area".
    apart : bool
        One above the other, each with a scale of its own, for amounts of different magnitude.
    """
    rows = len(lines) if apart else 1
    axes = ["y"] + [f"y{row}" for row in range(2, rows + 1)]
    traces = [_line(series, ",.2f", yaxis=axes[place % rows]) for place, series in enumerate(lines)]
    figure = go.Figure(traces)
    height = (1 - _GAP * (rows - 1)) / rows
    for row, axis in enumerate(axes):
        top = 1 - row * (height + _GAP)
        layout = {"domain": [max(0.0, top - height), top], "nticks": 9 // rows}
        figure.update_layout({axis.replace("y", "yaxis"): layout})
    return _styled(figure, lines[0].timestamps, height=272)


def _line(series: Series, number_format: str, *, yaxis: str = "y") -> go.Scatter:
    area = series.mark == "area"
    return go.Scatter(
        x=_milliseconds(series),
        y=_floats(series.amounts, series.decimals),
        name=series.name,
        mode="lines",
        line={"color": series.colour, "width": 1 if area else 2},
        fill="tozeroy" if area else None,
        hovertemplate=f"%{{y:{number_format}}}",
        yaxis=yaxis,
    )


def _dots(series: Series) -> go.Scatter:
    notionals = _floats(series.weights, 18)
    largest = float(notionals.max()) if len(notionals) else 1.0
    return go.Scatter(
        x=_milliseconds(series),
        y=_floats(series.amounts, series.decimals),
        name="Liquidated notional",
        mode="markers",
        marker={
            "color": series.colour,
            "opacity": 0.55,
            "line": {"color": series.colour, "width": 1},
            "size": notionals,
            "sizemode": "area",
            "sizeref": 2.0 * (largest or 1.0) / _LARGEST_DOT**2,
            "sizemin": 3,
        },
        customdata=notionals,
        hovertemplate="%{customdata:,.0f}",
    )


def _bars(series: Series, *, yaxis: str) -> go.Bar:
    return go.Bar(
        x=_milliseconds(series),
        y=_floats(series.amounts, series.decimals),
        name=series.name,
        marker={"color": series.colour, "line": {"width": 0}},
        hovertemplate="%{y:,d}",
        yaxis=yaxis,
    )


def _styled(figure: go.Figure, timestamps: Sequence[int], *, height: int) -> go.Figure:
    """What all plots share, but the theme: the page sets that, and sets it anew when it changes."""
    figure.update_layout(
        template=go.layout.Template(),
        height=height,
        margin={"l": 58, "r": 14, "t": 10, "b": 46},
        showlegend=False,
        hovermode="x unified",
        hoversubplots="axis",
        dragmode="zoom",
    )
    first, last = 1000.0 * timestamps[0], 1000.0 * timestamps[-1]
    room = 0.012 * (last - first) or 30_000.0  # for the dots and bars at both ends
    figure.update_layout(
        xaxis={
            "type": "date",
            # One range and one margin for all plots, so that their time axes stand below each other.
            "range": [first - room, last + room],
            "anchor": "free",
            "position": 0,
            "tickformat": "%H:%M\n%d %b",
            "hoverformat": "%d %b %Y %H:%M UTC",
            "nticks": 8,
            "showline": True,
            "ticks": "outside",
            "showgrid": False,
            "zeroline": False,
            "spikethickness": 1,
            "spikedash": "solid",
        }
    )
    figure.update_yaxes(zeroline=True, exponentformat="B", fixedrange=True, automargin=False)
    return figure


def _milliseconds(series: Series) -> npt.NDArray[np.float64]:
    return np.asarray(series.timestamps, dtype=np.float64) * 1000.0


def _floats(amounts: Sequence[int], decimals: int) -> npt.NDArray[np.float64]:
    return np.asarray([to_float(value, decimals) for value in amounts], dtype=np.float64)
