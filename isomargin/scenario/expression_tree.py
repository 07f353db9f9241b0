"""The tree of an expression: what it is made of, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from isomargin.units import from_wad

__all__ = [
    "Argument",
    "Comparator",
    "Comparison",
    "Expression",
    "Name",
    "Negative",
    "Number",
    "Operation",
    "StatusWord",
    "Symbol",
    "Term",
    "Whole",
    "terms_of",
]

Comparator = Literal["<", "<=", "==", "!=", ">=", ">"]
Symbol = Literal["+", "-", "*"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_ADDRESS = re.compile(r"0x[0-9A-Fa-f]+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written; WAD."""

    wad: int
    at: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return from_wad(self.wad)


@dataclass(frozen=True, slots=True)
class Name:
    """An argument that is a name: of an account, position, side, event, contract, function or address."""

    text: str
    at: int = field(default=1, compare=False)

    def __str__(self) -> str:
        if _NAME.fullmatch(self.text) or _ADDRESS.fullmatch(self.text):
            return self.text
        return f"'{self.text}'" if '"' in self.text else f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Whole:
    """An argument that is a whole number: the id of a position, or a value for a contract."""

    value: int
    at: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Term:
    """Something that can be read of a run, one of `TERMS`."""

    name: str
    arguments: tuple[Argument, ...] = ()
    at: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})" if self.arguments else self.name


@dataclass(frozen=True, slots=True)
class StatusWord:
    """One of `STATUSES`."""

    name: str
    at: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Negative:
    """The opposite of something."""

    operand: Expression
    at: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return f"-{_bracketed(self.operand, isinstance(self.operand, Operation))}"


@dataclass(frozen=True, slots=True)
class Operation:
    """A sum, a difference or a product."""

    left: Expression
    symbol: Symbol
    right: Expression
    at: int = field(default=1, compare=False)

    def __str__(self) -> str:
        is_product = self.symbol == "*"
        left, right = self.left, self.right
        left_text = _bracketed(left, is_product and isinstance(left, Operation) and left.symbol != "*")
        inner = isinstance(right, Operation) and (is_product or right.symbol != "*")
        return f"{left_text} {self.symbol} {_bracketed(right, inner)}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What holds or does not."""

    left: Expression
    comparator: Comparator
    right: Expression

    def __str__(self) -> str:
        return f"{self.left} {self.comparator} {self.right}"


Argument = Name | Whole | Term
Expression = Number | Term | StatusWord | Negative | Operation


def terms_of(tree: Comparison | Expression) -> Iterator[Term]:
    """Every term of a tree, those within `at_start` after it."""
    match tree:
        case Comparison(left, _, right) | Operation(left, _, right):
            yield from terms_of(left)
            yield from terms_of(right)
        case Negative(operand):
            yield from terms_of(operand)
        case Term():
            yield tree
            for argument in tree.arguments:
                if isinstance(argument, Term):
                    yield from terms_of(argument)


def _bracketed(tree: Expression, is_needed: bool) -> str:
    return f"({tree})" if is_needed else str(tree)
