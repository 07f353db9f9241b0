"""The plots over time: pure functions from series to plotly figures, in colours that every theme can show."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from isomargin.report.series import Series
from isomargin.units import to_float

__all__ = [
    "AMBER",
    "BLUE",
    "GREY",
    "TEAL",
    "VERMILION",
    "bare_figure",
    "floats",
    "price_figure",
    "ratio_figure",
    "row_label",
    "time_figure",
]

# Told apart by people with any colour vision, and with a contrast above 3 to white and to near-black.
BLUE = "#3a80c9"
AMBER = "#b8820f"
VERMILION = "#d9592b"
TEAL = "#1c9a80"
GREY = "#7c8795"

_LARGEST_DOT = 26  # pixels
_GAP = 0.1  # between the rows of a plot, of its height
_RATIO_TICKS = (-10_000, -1000, -100, -10, -3, 0, 1, 3, 10, 30, 100, 1000, 10_000, 100_000)


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
    return _over_time(figure, price.timestamps, height=452)


def time_figure(
    rows: Sequence[Sequence[Series]], *, labels: Sequence[str] = (), height: int = 272
) -> go.Figure:
    """Amounts over time.

    Parameters
    ----------
    rows : sequence of sequences of Series
        Marked "line" or "area"; each row above the next, with a scale of its own.
    labels : sequence of str
        What stands above each row, if anything.
    height : int
        Pixels.
    """
    axes = ["y"] + [f"y{row}" for row in range(2, len(rows) + 1)]
    figure = go.Figure(
        [_line(series, ",.2f", yaxis=axis) for row, axis in zip(rows, axes, strict=True) for series in row]
    )
    share = (1 - _GAP * (len(rows) - 1)) / len(rows)
    for row, axis in enumerate(axes):
        top = 1 - row * (share + _GAP)
        layout = {"domain": [max(0.0, top - share), top], "nticks": max(3, 9 // len(rows))}
        figure.update_layout({axis.replace("y", "yaxis"): layout})
        if row < len(labels):
            figure.add_annotation(**row_label(labels[row], top))
    return _over_time(figure, rows[0][0].timestamps, height=height)


def ratio_figure(
    series: Sequence[Series], calls_below: float, *, span: Sequence[int], height: int
) -> go.Figure:
    """Quantile bands of margin ratios, on a scale that is logarithmic away from zero.

    Parameters
    ----------
    series : sequence of Series
        Of `ratio_series`.
    calls_below : float
        Ratio below which margin is called; 0 if that is not known.
    span : sequence of int
        Unix times of all blocks, for the axis that all plots share.
    height : int
        Pixels.
    """
    opacities = {"95%": 0.18, "75%": 0.34}
    figure = go.Figure()
    for line in series:
        ratios = floats(line.amounts, 18)
        is_edge = not line.in_legend
        figure.add_scatter(
            x=_milliseconds(line),
            y=np.arcsinh(ratios),
            customdata=ratios,
            name=line.name,
            mode="lines",
            line={"color": line.colour, "width": 0.5 if is_edge else 2 if line.name == "Median" else 1.2},
            fill="tonexty" if line.name in opacities else None,
            fillcolor=_tint(line.colour, opacities.get(line.name, 1.0)),
            hovertemplate="%{customdata:,.2f}",
        )
    shown = np.concatenate([np.arcsinh(floats(line.amounts, 18)) for line in series])
    low, high = min(-0.3, float(shown.min()) * 1.05), max(2.0, float(shown.max()) * 1.05)
    ticks = [tick for tick in _RATIO_TICKS if low <= np.arcsinh(tick) <= high]
    figure.update_layout(
        yaxis={
            "range": [low, high],
            "tickvals": [float(np.arcsinh(tick)) for tick in ticks],
            "ticktext": [f"{tick:,}".replace("-", "\u2212") for tick in ticks],
        },
        shapes=[_level(1.0, "solid"), *([_level(calls_below, "dot")] if calls_below > 1 else [])],
    )
    return _over_time(figure, span, height=height)


def bare_figure(figure: go.Figure, *, height: int) -> go.Figure:
    """What all plots share, but the theme: the page sets that, and sets it anew when it changes."""
    figure.update_layout(
        template=go.layout.Template(),
        height=height,
        margin={"l": 58, "r": 14, "t": 14, "b": 46},
        showlegend=False,
    )
    figure.update_yaxes(zeroline=True, exponentformat="B", fixedrange=True, automargin=False)
    return figure


def row_label(label: str, top: float) -> dict[str, object]:
    """A plotly annotation above a row that ends at `top` of the plot's height."""
    return {
        "text": escape(label),  # plotly reads tags
        "x": 0,
        "y": top,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 11},
    }


def floats(amounts: Sequence[int], decimals: int) -> npt.NDArray[np.float64]:
    """Amounts in units of ``10**-decimals`` as plotly draws them."""
    return np.asarray([to_float(value, decimals) for value in amounts], dtype=np.float64)


def _line(series: Series, number_format: str, *, yaxis: str = "y") -> go.Scatter:
    area = series.mark == "area"
    return go.Scatter(
        x=_milliseconds(series),
        y=floats(series.amounts, series.decimals),
        name=escape(series.name),
        mode="lines",
        line={"color": series.colour, "width": 1 if area else 2},
        fill="tozeroy" if area else None,
        hovertemplate=f"%{{y:{number_format}}}",
        yaxis=yaxis,
    )


def _dots(series: Series) -> go.Scatter:
    notionals = floats(series.weights, 18)
    largest = float(notionals.max()) if len(notionals) else 1.0
    return go.Scatter(
        x=_milliseconds(series),
        y=floats(series.amounts, series.decimals),
        name="Liquidated notional",
        ids=list(series.groups),
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
        y=floats(series.amounts, series.decimals),
        name=series.name,
        marker={"color": series.colour, "line": {"width": 0}},
        hovertemplate="%{y:,d}",
        yaxis=yaxis,
    )


def _level(ratio: float, dash: str) -> dict[str, object]:
    """A line across the plot at a margin ratio."""
    level = float(np.arcsinh(ratio))
    line = {"color": GREY, "width": 1, "dash": dash}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level, "line": line}


def _tint(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _over_time(figure: go.Figure, timestamps: Sequence[int], *, height: int) -> go.Figure:
    """Give a figure the axis of time that all others have, too."""
    bare_figure(figure, height=height)
    first, last = 1000.0 * timestamps[0], 1000.0 * timestamps[-1]
    room = 0.012 * (last - first) or 30_000.0  # for the dots and bars at both ends
    figure.update_layout(
        hovermode="x unified",
        hoversubplots="axis",
        dragmode="zoom",
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
        },
    )
    return figure


def _milliseconds(series: Series) -> npt.NDArray[np.float64]:
    return np.asarray(series.timestamps, dtype=np.float64) * 1000.0
