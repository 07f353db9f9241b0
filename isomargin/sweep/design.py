"""Which points a sweep plays: every combination of a grid, or a sample that is spread over the ranges.

A **grid** is the product of all values, the last parameter changing first. It grows with every parameter, and
most of its points say the same about each one alone. A **random** sample draws each parameter on its own for
every point. A **Sobol** sequence (scrambled by Owen's method, `scipy.stats.qmc`) fills the same space far
more evenly, so fewer points give the same accuracy; take a power of two of them.

A sample works on the unit cube: each coordinate in [0, 1) becomes a value of its range, by a linear or a
logarithmic scale, or one of a list. Values are rounded to six significant digits before they are used, so
that what a table shows is what was played.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np

from isomargin.scenario.documents import Document
from isomargin.sweep.definition import DesignSection, ParameterSection, SweepFile, Value

__all__ = ["Point", "points_of", "value_at", "values_of"]

Point = tuple[Value, ...]
"""One value, or the name of a choice, for each parameter."""

_MOST_POINTS = 1_000_000
_SIX = Context(prec=6)
_TWELVE = Context(prec=12)


def points_of(sweep: SweepFile, document: Document) -> list[Point]:
    """Every point of a sweep, in the order in which they are numbered.

    Raises
    ------
    ScenarioError
        If there are too many.
    """
    if sweep.design.kind == "grid":
        return _grid(sweep.parameters, document)
    rows = _unit_rows(sweep.design, len(sweep.parameters))
    return [
        tuple(value_at(parameter, unit) for parameter, unit in zip(sweep.parameters, row, strict=True))
        for row in rows
    ]


def _grid(parameters: Sequence[ParameterSection], document: Document) -> list[Point]:
    axes = [values_of(parameter) for parameter in parameters]
    count = math.prod(map(len, axes))
    if count > _MOST_POINTS:
        raise document.error(
            f"expected a grid of at most {_MOST_POINTS:,} points, found {count:,}", "parameters"
        )
    return list(itertools.product(*axes))


def _unit_rows(design: DesignSection, dimensions: int) -> list[list[float]]:
    """Points of the unit cube, one row each."""
    count = design.points or 1
    if design.kind == "random":
        rows: list[list[float]] = np.random.default_rng(design.seed).random((count, dimensions)).tolist()
        return rows
    from scipy.stats import qmc

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that a power of two is better, our docstrings say
        drawn = qmc.Sobol(dimensions, scramble=True, rng=design.seed).random(count)
    spread: list[list[float]] = drawn.tolist()
    return spread


def values_of(parameter: ParameterSection) -> tuple[Value, ...]:
    """All values that a parameter takes in a grid."""
    if parameter.choices is not None:
        return tuple(parameter.choices)
    if parameter.values is not None:
        return parameter.values
    last = (parameter.count or 2) - 1
    values = [_divided(parameter, Fraction(index, last)) for index in range(last + 1)]
    return tuple(dict.fromkeys(values))  # whole numbers of a narrow range may come twice


def _divided(parameter: ParameterSection, share: Fraction) -> Value:
    """The value at a share of a range: exact where few digits say it."""
    low, high = Fraction(parameter.min), Fraction(parameter.max)
    if share in (0, 1):
        end = parameter.max if share else parameter.min
        return int(end) if parameter.integer else end
    if parameter.scale == "log":
        return _rounded(parameter, _log_between(parameter, float(share)))
    exact = low + (high - low) * share
    if parameter.integer:
        return round(exact)
    short = _TWELVE.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return short if Fraction(short) == exact else _SIX.plus(short)


def value_at(parameter: ParameterSection, unit: float) -> Value:
    """The value of a parameter at a coordinate of the unit cube, from 0 up to, not including, 1."""
    listed = tuple(parameter.choices) if parameter.choices is not None else parameter.values
    if listed is not None:
        return listed[min(int(unit * len(listed)), len(listed) - 1)]
    low, high = float(parameter.min), float(parameter.max)
    if parameter.integer and parameter.scale == "linear":
        return int(parameter.min) + min(int(unit * (high - low + 1)), int(high - low))
    if parameter.scale == "log":
        return _rounded(parameter, _log_between(parameter, unit))
    return _rounded(parameter, low + (high - low) * unit)


def _log_between(parameter: ParameterSection, share: float) -> float:
    low, high = math.log(float(parameter.min)), math.log(float(parameter.max))
    return math.exp(low + (high - low) * share)


def _rounded(parameter: ParameterSection, value: float) -> Value:
    """Six digits of a number, within the range; or the nearest whole one."""
    if parameter.integer:
        return int(min(max(round(value), parameter.min), parameter.max))
    short = _SIX.create_decimal(repr(value)).normalize()
    return min(max(short, Decimal(parameter.min)), Decimal(parameter.max))
