"""The expressions of `[optimise]`: statistics of outcomes and their arithmetic, read into a tree."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from isomargin.record.columns import columns_of
from isomargin.scenario.expression_reader import NUMBER, WORD, ExpressionError, Reader, hint
from isomargin.sweep.results import RunResult

__all__ = [
    "Constant",
    "Constraint",
    "Expression",
    "Negative",
    "Operation",
    "Statistic",
    "parse_constraint",
    "parse_objective",
    "statistics_of",
]

_Comparator = Literal["<", "<=", ">", ">="]

_LONGEST = 400  # characters
_DEEPEST = 30  # parentheses and signs within each other
_COLUMNS = tuple(
    column.name
    for column in columns_of(RunResult)
    if column.name not in ("run", "point", "seed", "state_root", "error")
)
_KINDS = {
    "mean": "mean(outcome)",
    "quantile": "quantile(outcome, level)",
    "shortfall": "shortfall(outcome, level)",
    "share": "share(outcome > number)",
    "largest": "largest(outcome)",
    "smallest": "smallest(outcome)",
}
_COMPARATOR = re.compile(r"<=|>=|<|>")


@dataclass(frozen=True)
class Constant:
    """A number as written."""

    value: float

    def __str__(self) -> str:
        return f"{self.value:.12g}"


@dataclass(frozen=True)
class Statistic:
    """One number of all runs of a point.

    Attributes
    ----------
    kind : str
        One of mean, quantile, shortfall, share, largest, smallest.
    column : str
        Of the results.
    level : float
        Of a quantile or a shortfall: which share of the runs is below.
    comparator : str
        Of a share.
    bound : float
        Of a share: what a run is compared with.
    """

    kind: str
    column: str
    level: float = 0.0
    comparator: str = ""
    bound: float = 0.0

    def __str__(self) -> str:
        inside = self.column
        if self.kind in ("quantile", "shortfall"):
            inside = f"{inside}, {self.level:g}"
        if self.kind == "share":
            inside = f"{inside} {self.comparator} {self.bound:.12g}"
        return f"{self.kind}({inside})"


@dataclass(frozen=True)
class Negative:
    """The opposite of something."""

    operand: Expression

    def __str__(self) -> str:
        return f"-{_bracketed(self.operand, isinstance(self.operand, Operation))}"


@dataclass(frozen=True)
class Operation:
    """A sum, difference, product or quotient."""

    left: Expression
    symbol: str
    right: Expression

    def __str__(self) -> str:
        tight = self.symbol in "*/"
        left, right = self.left, self.right
        loose_left = tight and isinstance(left, Operation) and left.symbol in "+-"
        loose_right = isinstance(right, Operation) and (tight or right.symbol in "+-")
        return f"{_bracketed(left, loose_left)} {self.symbol} {_bracketed(right, loose_right)}"


Expression = Constant | Statistic | Negative | Operation


@dataclass(frozen=True)
class Constraint:
    """What has to hold: one side not above, or not below, the other."""

    left: Expression
    comparator: _Comparator
    right: Expression

    def __str__(self) -> str:
        return f"{self.left} {self.comparator} {self.right}"


def parse_objective(text: str) -> Expression:
    """Read what is to be made small.

    >>> str(parse_objective("mean(margin)+2*quantile( bad_debt,0.99 )"))
    'mean(margin) + 2 * quantile(bad_debt, 0.99)'

    Raises
    ------
    ExpressionError
        With the column, what was expected and what was found.
    """
    return _Parser(text).objective()


def parse_constraint(text: str) -> Constraint:
    """Read what has to hold.

    >>> str(parse_constraint("share(bad_debt>0) <= 1e-2"))
    'share(bad_debt > 0) <= 0.01'

    Raises
    ------
    ExpressionError
        With the column, what was expected and what was found.
    """
    return _Parser(text).constraint()


def statistics_of(tree: Expression | Constraint) -> Iterator[Statistic]:
    """Every statistic in a tree, from the left."""
    match tree:
        case Constraint(left, _, right) | Operation(left, _, right):
            yield from statistics_of(left)
            yield from statistics_of(right)
        case Negative(operand):
            yield from statistics_of(operand)
        case Statistic():
            yield tree


def _bracketed(tree: Expression, is_needed: bool) -> str:
    return f"({tree})" if is_needed else str(tree)


class _Parser(Reader):
    """Each method reads what it is called after."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        if len(text) > _LONGEST:
            raise ExpressionError(_LONGEST + 1, f"expected at most {_LONGEST} characters")

    def objective(self) -> Expression:
        found = self.sum()
        self.expect_end()
        if not any(statistics_of(found)):
            raise ExpressionError(1, f"expected a statistic such as {_KINDS['mean']}, found only numbers")
        return found

    def constraint(self) -> Constraint:
        left = self.sum()
        comparator = self.take(_COMPARATOR)
        if comparator is None:
            raise self.wrong("expected one of <, <=, > and >=")
        right = self.sum()
        self.expect_end()
        found = Constraint(left, cast(_Comparator, comparator), right)
        if not any(statistics_of(found)):
            raise ExpressionError(1, f"expected a statistic such as {_KINDS['mean']}, found only numbers")
        return found

    def sum(self) -> Expression:
        left = self.product()
        while (symbol := self.take_one_of("+-")) is not None:
            left = Operation(left, symbol, self.product())
        return left

    def product(self) -> Expression:
        left = self.signed()
        while (symbol := self.take_one_of("*/")) is not None:
            left = Operation(left, symbol, self.signed())
        return left

    def signed(self) -> Expression:
        column = self.column()
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionError(column, "nested too deeply")
        if self.take_one_of("-") is not None:
            found: Expression = Negative(self.signed())
        elif self.take_one_of("(") is not None:
            found = self.sum()
            self.expect(")")
        elif (digits := self.take(NUMBER)) is not None:
            found = Constant(float(digits.replace("_", "")))
        else:
            found = self.statistic()
        self.depth -= 1
        return found

    def statistic(self) -> Statistic:
        column = self.column()
        kind = self.take(WORD)
        if kind is None:
            raise self.wrong("expected a number or a statistic")
        if kind not in _KINDS:
            raise ExpressionError(column, f"unknown statistic {kind!r}; {hint(kind, tuple(_KINDS))}")
        self.expect("(", f"expected {_KINDS[kind]}")
        outcome = self.outcome()
        level, comparator, bound = 0.0, "", 0.0
        if kind in ("quantile", "shortfall"):
            self.expect(",", f"expected {_KINDS[kind]}")
            level = self.level()
        elif kind == "share":
            comparator = self.take(_COMPARATOR) or ""
            if not comparator:
                raise self.wrong(f"expected {_KINDS[kind]}")
            bound = self.number()
        self.expect(")")
        return Statistic(kind, outcome, level, comparator, bound)

    def outcome(self) -> str:
        column = self.column()
        name = self.take(WORD)
        if name is None:
            raise self.wrong("expected an outcome, a column of the results,")
        if name not in _COLUMNS:
            raise ExpressionError(column, f"unknown outcome {name!r}; {hint(name, _COLUMNS)}")
        return name

    def level(self) -> float:
        column = self.column()
        level = self.number()
        if not 0 < level < 1:
            raise ExpressionError(column, f"expected a level between 0 and 1, found {level:g}")
        return level

    def number(self) -> float:
        sign = -1.0 if self.take_one_of("-") else 1.0
        digits = self.take(NUMBER)
        if digits is None:
            raise self.wrong("expected a number")
        value = sign * float(digits.replace("_", ""))
        if not math.isfinite(value):
            raise self.wrong("expected a finite number")
        return value
