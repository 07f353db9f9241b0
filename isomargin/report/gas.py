"""What each operation cost in gas: a table, and a plot of least, median and most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import median_low

import numpy as np
import plotly.graph_objects as go

from isomargin.record import RunRecord, TransactionRow
from isomargin.report.amounts import Amount, count
from isomargin.report.figures import BLUE, GREY, bare_figure

__all__ = ["GasLine", "gas", "gas_figure", "gas_note"]

_ROW = 26  # pixels of an operation in the plot


@dataclass(frozen=True)
class GasLine:
    """One operation; those of its transactions that reverted are a line of their own.

    Gas is None where the engine counts none. The median is the lower one of an even number.
    """

    action: str
    reverted: bool
    transactions: Amount
    lowest: Amount | None
    median: Amount | None
    highest: Amount | None
    total: Amount | None


def gas(record: RunRecord) -> list[GasLine]:
    """The operations of a run, the one that used most gas first; without gas, the most frequent first."""
    kinds: dict[tuple[str, bool], list[TransactionRow]] = {}
    for row in record.transactions:
        kinds.setdefault((row.action, not row.success), []).append(row)
    lines = [_line(action, reverted, rows) for (action, reverted), rows in kinds.items()]
    return sorted(lines, key=lambda line: (-_weight(line), line.action, line.reverted))


def gas_note(record: RunRecord) -> str:
    """In words, what the figures are, or why there are none."""
    if not record.transactions:
        return "The record has no transactions."
    uncounted = sum(row.gas_used is None for row in record.transactions)
    if uncounted == len(record.transactions):
        return (
            f"The engine {record.run.engine} counts no gas as a chain would, so this counts transactions;"
            " run the same scenario on py-evm for gas."
        )
    said = "Gas that senders were charged for, refunds taken off. What reverted is told apart."
    return f"{said} {uncounted:,} transactions have no count." if uncounted else said


def gas_figure(lines: Sequence[GasLine]) -> go.Figure | None:
    """A line from the least to the most gas of each operation that took effect; None if none was counted."""
    shown = [line for line in lines if line.median is not None and not line.reverted]
    if not shown:
        return None
    names = [escape(line.action) for line in reversed(shown)]  # plotly counts from below
    least, middle, most = (
        np.asarray([float(getattr(line, name).exact) for line in reversed(shown)])
        for name in ("lowest", "median", "highest")
    )
    figure = go.Figure()
    figure.add_bar(
        x=most - least, base=least, y=names, orientation="h", width=0.32, hoverinfo="skip",
        marker={"color": GREY, "opacity": 0.55, "line": {"width": 0}}, name="Least to most",
    )  # fmt: skip
    figure.add_scatter(
        x=middle, y=names, mode="markers", marker={"color": BLUE, "size": 9}, name="Median",
        customdata=np.stack([least, most], axis=1),
        hovertemplate="%{y}: %{x:,.0f} (%{customdata[0]:,.0f} to %{customdata[1]:,.0f})<extra></extra>",
    )  # fmt: skip
    bare_figure(figure, height=70 + _ROW * len(shown))
    figure.update_layout(
        meta={"time": False},
        margin={"l": 132, "r": 18, "t": 6, "b": 40},
        hovermode="y",
        hoverdistance=-1,
        dragmode=False,
        xaxis={
            "rangemode": "tozero", "fixedrange": True, "tickformat": ",", "nticks": 7, "zeroline": False,
            "showline": True, "ticks": "outside",
        },
        yaxis={"showgrid": False, "type": "category"},
    )  # fmt: skip
    return figure


def _line(action: str, reverted: bool, rows: Sequence[TransactionRow]) -> GasLine:
    used = [row.gas_used for row in rows if row.gas_used is not None]
    figures = (min(used), median_low(used), max(used), sum(used)) if used else None
    lowest, median, highest, total = map(count, figures) if figures else (None,) * 4
    return GasLine(action, reverted, count(len(rows)), lowest, median, highest, total)


def _weight(line: GasLine) -> int:
    weight = line.total or line.transactions
    return int(weight.exact)
