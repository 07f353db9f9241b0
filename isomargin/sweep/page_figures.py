"""The plots of a sweep's page: pure functions from numbers to plotly figures without a theme.

Nothing in them grows with the number of runs: histograms have bins, curves a few hundred points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from isomargin.report.figures import AMBER, BLUE, GREY, TEAL, VERMILION
from isomargin.sweep.intervals import Floats, Interval

__all__ = [
    "AMBER",
    "BLUE",
    "COLOURS",
    "GREY",
    "VERMILION",
    "bars_figure",
    "distribution_figure",
    "fan_figure",
    "heat_figure",
    "is_logarithmic",
    "levels_figure",
    "trials_figure",
]

_VIOLET = "#8a63c9"
COLOURS = (VERMILION, AMBER, BLUE, TEAL, _VIOLET)
"""Of the outcomes, in their order."""

_BINS = 40
_CURVE_POINTS = 240
_DECADES = 2.0  # between the tenth of a hundred and the largest, from which on the axis is logarithmic
_WRITTEN_COLUMNS = 6
_SCALE = ["#dbe8f6", "#9cc3e8", "#5a97d2", "#2f6cab", "#17406f"]


def is_logarithmic(values: Floats) -> bool:
    """Whether values that are all above zero span decades."""
    if not len(values) or values.min() <= 0:
        return False
    low, high = np.quantile(values, [0.1, 1])
    return bool(np.log10(high / low) >= _DECADES)


def distribution_figure(values: Floats, runs: int, colour: str, *, worse: str, share: bool) -> go.Figure:
    """A histogram, and below it the share of all runs that are at least as bad.

    Parameters
    ----------
    values : ndarray
        Those shown: all, or those that are not zero.
    runs : int
        Of which shares are taken.
    colour : str
    worse : {"more", "less"}
    share : bool
        Whether values are shares, shown in percents.
    """
    logarithmic = is_logarithmic(values)
    edges = _edges(values, logarithmic)
    counts, _ = np.histogram(values, edges)
    form = ".1%" if share else ",.4~g" if logarithmic else ",.2f"
    bars = go.Scatter(
        x=_rounded(np.repeat(edges, 2)[1:-1]),
        y=_rounded(np.repeat(counts / runs, 2)),
        mode="lines",
        line={"color": colour, "width": 1},
        fill="tozeroy",
        name="Share of runs",
        hovertemplate=f"%{{x:{form}}}: %{{y:.1%}} of runs in this bin<extra></extra>",
    )
    xs, beyond = _exceedance(values, runs, worse)
    curve = go.Scatter(
        x=_rounded(xs),
        y=_rounded(beyond),
        mode="lines",
        line={"color": colour, "width": 2, "shape": "hv" if worse == "less" else "vh"},
        name="At least as bad",
        yaxis="y2",
        hovertemplate=f"%{{y:.3~%}} of runs at %{{x:{form}}} or worse<extra></extra>",
    )
    figure = go.Figure([bars, curve])
    figure.update_layout(
        xaxis={
            "type": "log" if logarithmic else "linear",
            "anchor": "y2",
            "tickformat": ".3~%" if share else "~s",
            "nticks": 7,
        },
        yaxis={"domain": [0.56, 1], "rangemode": "tozero", "tickformat": ".3~%", "nticks": 4},
        yaxis2={"domain": [0, 0.44], "type": "log", "tickformat": ".3~%", "dtick": 1},
    )
    return _styled(figure, 300)


def bars_figure(
    names: Sequence[str], first: Sequence[Interval | None], total: Sequence[Interval | None], colour: str
) -> go.Figure:
    """Shares of variance by parameter, the largest on top, with their intervals."""
    bars = []
    for label, intervals, filled in (("By itself", first, colour), ("With all combinations", total, GREY)):
        if all(one is None for one in intervals):
            continue
        there = [one or Interval(0.0, None, None) for one in intervals]
        bars.append(
            go.Bar(
                y=list(names),
                x=_rounded(np.asarray([one.estimate for one in there])),
                orientation="h",
                name=label,
                marker={"color": filled, "line": {"width": 0}},
                error_x=_errors(there),
                hovertemplate=f"%{{y}}, {label.lower()}: %{{x:.1%}}<extra></extra>",
            )
        )
    figure = go.Figure(bars)
    figure.update_layout(
        barmode="group",
        bargap=0.3,
        xaxis={"range": [0, 1.02], "tickformat": ".0%", "nticks": 6, "showgrid": True},
        yaxis={"autorange": "reversed", "automargin": True, "ticksuffix": "  ", "type": "category"},
    )
    return _styled(figure, 90 + 22 * len(names) * max(1, len(bars)), left=12)


def levels_figure(
    labels: Sequence[float | str],
    lines: Sequence[tuple[str, Sequence[Interval], str]],
    *,
    share: bool,
    logarithmic: bool = False,
) -> go.Figure:
    """What an outcome is at each level of a parameter: lines with bands for numbers, dots for choices.

    Parameters
    ----------
    labels : sequence
        Of the levels.
    lines : sequence of (name, intervals, colour)
        What is shown of each level.
    share : bool
    logarithmic : bool
        Whether the levels are.
    """
    form = ".2%" if share else ",.2f"
    numeric = all(isinstance(label, float) for label in labels)
    traces: list[Any] = []
    for name, intervals, colour in lines:
        estimates = _rounded(np.asarray([one.estimate for one in intervals]))
        if numeric:
            traces += _band(labels, intervals, colour)
        traces.append(
            go.Scatter(
                x=list(labels),
                y=estimates,
                mode="lines+markers" if numeric else "markers",
                name=name,
                line={"color": colour, "width": 2},
                marker={"color": colour, "size": 7 if numeric else 10},
                error_y=None if numeric else _errors(intervals),
                hovertemplate=f"{name} at %{{x}}: %{{y:{form}}}<extra></extra>",
            )
        )
    figure = go.Figure(traces)
    figure.update_layout(
        xaxis={"type": ("log" if logarithmic else "linear") if numeric else "category", "nticks": 8},
        yaxis={"tickformat": ".3~%" if share else "~s", "nticks": 6},
    )
    if not numeric:
        figure.update_xaxes(range=[-0.6, len(labels) - 0.4])
    return _styled(figure, 260)


def heat_figure(
    columns: Sequence[float | str],
    rows: Sequence[float | str],
    cells: Floats,
    texts: Sequence[Sequence[str]],
    names: tuple[str, str],
) -> go.Figure:
    """An outcome over two parameters, darker where it is larger; every level has the same room."""
    figure = go.Figure(
        go.Heatmap(
            x=[_label(one) for one in columns],
            y=[_label(one) for one in rows],
            z=[[None if not np.isfinite(cell) else float(cell) for cell in line] for line in cells],
            text=texts,
            colorscale=_SCALE,
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate=f"{names[0]} %{{x}}, {names[1]} %{{y}}: %{{text}}<extra></extra>",
        )
    )
    figure.update_layout(
        xaxis={"type": "category", "title": {"text": names[0], "standoff": 6}},
        yaxis={"type": "category", "title": {"text": names[1], "standoff": 6}, "automargin": True},
        annotations=_cell_texts(columns, rows, cells, texts) if len(columns) <= _WRITTEN_COLUMNS else [],
    )
    return _styled(figure, 120 + 34 * len(rows), left=30)


def _cell_texts(
    columns: Sequence[float | str],
    rows: Sequence[float | str],
    cells: Floats,
    texts: Sequence[Sequence[str]],
) -> list[dict[str, Any]]:
    """What is written into the cells, dark on light and light on dark: the library decides it too late."""
    low, high = float(np.nanmin(cells)), float(np.nanmax(cells))
    found = []
    for row, column in np.ndindex(cells.shape):
        depth = (cells[row, column] - low) / ((high - low) or 1.0)
        found.append(
            {
                "x": _label(columns[column]),
                "y": _label(rows[row]),
                "text": texts[row][column],
                "showarrow": False,
                "font": {"color": "#ffffff" if depth > 0.6 else "#17202b", "size": 12},
            }
        )
    return found


def fan_figure(names: Sequence[str], quantiles: Floats) -> go.Figure:
    """How far prices went from their start, as bands of quantiles.

    Parameters
    ----------
    names : sequence of str
        Of the rows.
    quantiles : ndarray
        By row, 1, 5, 25, 50, 75, 95 and 99% of the changes.
    """
    bands = [((0, 6), 0.18, "1 to 99%"), ((1, 5), 0.35, "5 to 95%"), ((2, 4), 0.75, "25 to 75%")]
    traces: list[Any] = [
        go.Bar(
            y=list(names),
            x=_rounded(quantiles[:, high] - quantiles[:, low]),
            base=_rounded(quantiles[:, low]),
            customdata=_rounded(quantiles[:, [low, high]]),
            orientation="h",
            name=label,
            marker={"color": BLUE, "opacity": opacity, "line": {"width": 0}},
            hovertemplate=f"{label}: %{{customdata[0]:+.1%}} to %{{customdata[1]:+.1%}}<extra></extra>",
        )
        for (low, high), opacity, label in bands
    ]
    traces.append(
        go.Scatter(
            y=list(names),
            x=_rounded(quantiles[:, 3]),
            mode="markers",
            name="Median",
            marker={"color": AMBER, "size": 12, "symbol": "line-ns", "line": {"color": AMBER, "width": 3}},
            hovertemplate="median: %{x:+.1%}<extra></extra>",
        )
    )
    figure = go.Figure(traces)
    figure.update_layout(
        barmode="overlay",
        bargap=0.45,
        xaxis={"tickformat": ".0%", "showgrid": True, "zeroline": True},
        yaxis={"autorange": "reversed", "automargin": True, "ticksuffix": "  "},
    )
    return _styled(figure, 220, left=12)


def trials_figure(objective: Floats, feasible: Sequence[bool], form: str) -> go.Figure:
    """The objective of each trial, and the best of those that met all constraints so far."""
    numbers = np.arange(1, len(objective) + 1)
    kept = np.asarray(feasible, dtype=bool)
    best = np.minimum.accumulate(np.where(kept, objective, np.inf))
    traces: list[Any] = []
    for name, which, colour, symbol in (
        ("Constraints met", kept, BLUE, "circle"),
        ("Constraints not met", ~kept, VERMILION, "x"),
    ):
        traces.append(
            go.Scatter(
                x=numbers[which].tolist(),
                y=_rounded(objective[which]),
                mode="markers",
                name=name,
                marker={"color": colour, "size": 8, "symbol": symbol},
                hovertemplate=f"trial %{{x}}, {name.lower()}: %{{y:{form}}}<extra></extra>",
            )
        )
    traces.append(
        go.Scatter(
            x=numbers.tolist(),
            y=[float(value) if np.isfinite(value) else None for value in best],
            mode="lines",
            name="Best so far",
            line={"color": AMBER, "width": 2, "shape": "hv"},
            hovertemplate=f"best after %{{x}}: %{{y:{form}}}<extra></extra>",
        )
    )
    figure = go.Figure(traces)
    figure.update_layout(xaxis={"nticks": 8, "tickformat": ",d"}, yaxis={"nticks": 6, "tickformat": "~s"})
    return _styled(figure, 280)


def _edges(values: Floats, logarithmic: bool) -> Floats:
    low, high = float(values.min()), float(values.max())
    if low == high:
        room = abs(low) * 0.05 or 0.5
        return np.linspace(low - room, high + room, 4)
    bins = min(_BINS, max(8, round(2 * len(values) ** (1 / 3))))
    if logarithmic:
        edges = np.geomspace(low, high, bins + 1)
        edges[0], edges[-1] = low, high  # rounding must not leave the ends out
        return edges
    return np.linspace(low, high, bins + 1)


def _exceedance(values: Floats, runs: int, worse: str) -> tuple[Floats, Floats]:
    """Values from the worst on, and the share of runs that are at least as bad; thinned, the tail kept."""
    ordered = np.sort(values)[::-1] if worse == "more" else np.sort(values)
    count = len(ordered)
    places = np.unique(np.geomspace(1, count, min(count, _CURVE_POINTS)).round().astype(np.int64))
    return ordered[places - 1], places / runs


def _band(labels: Sequence[Any], intervals: Sequence[Interval], colour: str) -> list[Any]:
    there = [(label, one) for label, one in zip(labels, intervals, strict=True) if one.low is not None]
    there = [(label, one) for label, one in there if one.high is not None]
    if len(there) < 2:
        return []
    xs = [label for label, _ in there]
    edges = [one.low for _, one in there] + [one.high for _, one in reversed(there)]
    band = go.Scatter(
        x=xs + xs[::-1],
        y=_rounded(np.asarray(edges, dtype=np.float64)),
        fill="toself",
        mode="none",
        fillcolor=_faint(colour),
        hoverinfo="skip",
    )
    return [band]


def _errors(intervals: Sequence[Interval]) -> dict[str, Any]:
    above = [0.0 if one.high is None else max(0.0, one.high - one.estimate) for one in intervals]
    below = [0.0 if one.low is None else max(0.0, one.estimate - one.low) for one in intervals]
    sizes = {"array": _rounded(np.asarray(above)), "arrayminus": _rounded(np.asarray(below))}
    return {"type": "data", "symmetric": False, "color": GREY, "thickness": 1.5, "width": 4, **sizes}


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.22)"


def _label(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _rounded(values: Any) -> list[Any]:
    """Six digits, which is more than a plot shows, and a third of the bytes."""
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim > 1:
        return [_rounded(row) for row in numbers]
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in numbers.tolist()]


def _styled(figure: go.Figure, height: int, left: int = 58) -> go.Figure:
    """What all plots share but the theme; nothing zooms, so that a phone scrolls past."""
    figure.update_layout(
        template=go.layout.Template(),
        height=height,
        margin={"l": left, "r": 16, "t": 12, "b": 44},
        showlegend=False,
        hovermode="closest",
        dragmode=False,
    )
    figure.update_xaxes(fixedrange=True, showline=True, ticks="outside", automargin=True)
    figure.update_yaxes(fixedrange=True, exponentformat="B")
    return figure
