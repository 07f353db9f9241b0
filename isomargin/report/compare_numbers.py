"""The headline figures of several runs in columns, what differs most first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from isomargin.report.amounts import Amount, amount, percent, price_digits
from isomargin.report.compare_catalogue import FIGURES, Figure
from isomargin.report.compare_runs import ComparedRun

__all__ = ["NumberCell", "NumberLine", "compared_numbers", "difference_cell"]


@dataclass(frozen=True)
class NumberCell:
    """A figure of one run, and how far it is from that of the first run.

    Attributes
    ----------
    value, difference : Amount or None
        None where the run has no such figure; `difference` also where there is none.
    share : str
        The difference as a share of the first run's figure; empty if that is zero.
    tone : str
        "good" or "bad" where more or less of it is, else "plain".
    """

    value: Amount | None
    difference: Amount | None = None
    share: str = ""
    tone: Literal["plain", "good", "bad"] = "plain"


@dataclass(frozen=True)
class NumberLine:
    """One figure of all runs.

    Attributes
    ----------
    key, label, unit : str
        Its name for programs and for people, and what it counts.
    values : tuple of (int or None)
        One for each run, in units of ``10**-decimals``.
    decimals : int
        Digits behind the point.
    cells : tuple of NumberCell
        The same for the page.
    """

    key: str
    label: str
    unit: str
    values: tuple[int | None, ...]
    decimals: int
    cells: tuple[NumberCell, ...]

    @property
    def differs(self) -> bool:
        """Whether the runs are not all alike."""
        return len(set(self.values)) > 1

    @property
    def distance(self) -> float:
        """The largest difference to the first run as a share of it; infinite if that is zero."""
        return max(_distance(value, self.values[0]) for value in self.values)


def compared_numbers(runs: Sequence[ComparedRun]) -> list[NumberLine]:
    """All figures: first those that differ, the largest relative difference first, then those that do not.

    Amounts of tokens with different decimals are brought to the finest of them.
    """
    lines = [_line(figure, runs) for figure in FIGURES]
    return sorted(lines, key=lambda line: (not line.differs, -line.distance))


def difference_cell(
    value: int | None,
    first: int | None,
    decimals: int,
    *,
    digits: int = 2,
    unit: str = "",
    better: Literal["more", "less", ""] = "",
) -> NumberCell:
    """A figure beside that of the first run.

    Parameters
    ----------
    value, first : int or None
        In units of ``10**-decimals``.
    decimals : int
        Digits behind the point of one whole.
    digits : int
        Of them shown.
    unit : str
        What it counts.
    better : str
        Whether "more" or "less" is good news.
    """
    if value is None:
        return NumberCell(None)
    shown = amount(value, decimals, unit, digits=digits)
    if first is None or value == first:
        return NumberCell(shown)
    change = value - first
    good = (change > 0) == (better == "more")
    return NumberCell(
        shown,
        amount(change, decimals, unit, digits=digits, signed=True),
        percent(change, abs(first), signed=True),
        ("good" if good else "bad") if better else "plain",
    )


def _line(figure: Figure, runs: Sequence[ComparedRun]) -> NumberLine:
    token_decimals = [run.record.run.token_decimals for run in runs]
    decimals = {"count": 0, "token": max(token_decimals)}.get(figure.scale, 18)
    values: list[int | None] = []
    for run, own in zip(runs, token_decimals, strict=True):
        value = figure.of(run.record)
        lift = 10 ** (decimals - own) if figure.scale == "token" else 1
        values.append(None if value is None else value * lift)
    digits = _digits(figure, values)
    unit = _unit(figure, runs[0])
    cells = [
        difference_cell(value, values[0], decimals, digits=digits, unit=unit, better=figure.better)
        for value in values
    ]
    return NumberLine(figure.key, figure.label, unit, tuple(values), decimals, tuple(cells))


def _digits(figure: Figure, values: Sequence[int | None]) -> int:
    """Behind the point: none of a count, five significant ones of a price, two of money."""
    if figure.scale == "price":
        return price_digits(min((value for value in values if value), default=0))
    return 0 if figure.scale == "count" else 2


def _unit(figure: Figure, run: ComparedRun) -> str:
    info = run.record.run
    if figure.scale == "count":
        return ""
    if figure.scale == "price" and info.base_symbol and info.token_symbol:
        return f"{info.token_symbol} per {info.base_symbol}"
    return info.token_symbol


def _distance(value: int | None, first: int | None) -> float:
    if value is None or first is None or value == first:
        return 0.0
    return float(Fraction(abs(value - first), abs(first))) if first else math.inf
