"""The expressions of `when` and `that`: text becomes a tree, or one error that says where; nothing is run."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import cast

from isomargin.errors import InputError
from isomargin.scenario.expression_reader import NUMBER, WORD, ExpressionError, Reader, hint
from isomargin.scenario.expression_terms import STATUSES, TERMS, ArgumentKind
from isomargin.scenario.expression_tree import (
    Argument,
    Comparator,
    Comparison,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    StatusWord,
    Symbol,
    Term,
    Whole,
    terms_of,
)
from isomargin.units import to_wad

__all__ = [
    "Argument",
    "Comparator",
    "Comparison",
    "Expression",
    "ExpressionError",
    "Name",
    "Negative",
    "Number",
    "Operation",
    "StatusWord",
    "Term",
    "Whole",
    "parse",
    "parse_amount",
    "terms_of",
]

_LONGEST = 500  # characters
_MOST_OPERATIONS = 60
_DEEPEST = 40  # parentheses and signs within each other
_COMPARATOR = re.compile(r"<=|>=|==|!=|<|>")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_ADDRESS = re.compile(r"0x[0-9A-Fa-f]+")
_QUOTED = re.compile(r"\"([^\"]+)\"|'([^']+)'")
_WHOLE = re.compile(r"-?[0-9][0-9_]*")


@lru_cache(maxsize=1_024)
def parse(text: str) -> Comparison:
    """Read a comparison of two sums.

    >>> str(parse("profit(eve, bob)<=2*at_start(price)-1_0"))
    'profit(eve, bob) <= 2 * at_start(price) - 10'

    Raises
    ------
    ExpressionError
        With the column, what was expected and what was found.
    """
    return _Parser(text).comparison()


@lru_cache(maxsize=1_024)
def parse_amount(text: str) -> Expression:
    """Read a sum that is compared with nothing.

    >>> str(parse_amount("-profit(eve)+2*price"))
    '-profit(eve) + 2 * price'

    Raises
    ------
    ExpressionError
        With the column, what was expected and what was found.
    """
    return _Parser(text).amount_alone()


def _is_status(tree: Expression) -> bool:
    return isinstance(tree, StatusWord) or (isinstance(tree, Term) and tree.name == "status")


class _Parser(Reader):
    """Each method reads what it is called after."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.operations = 0
        self.depth = 0

    def amount_alone(self) -> Expression:
        self.check_length()
        found = self.amount(self.sum())
        self.expect_end()
        return found

    def check_length(self) -> None:
        if len(self.text) > _LONGEST:
            raise ExpressionError(_LONGEST + 1, f"expected at most {_LONGEST} characters")

    def comparison(self) -> Comparison:
        self.check_length()
        left = self.sum()
        column = self.column()
        comparator = self.take(_COMPARATOR)
        if comparator is None:
            raise self.wrong("expected one of <, <=, ==, !=, >= and >")
        right = self.sum()
        self.expect_end()
        if _is_status(left) or _is_status(right):
            if not (_is_status(left) and _is_status(right)):
                other = right if _is_status(left) else left
                raise ExpressionError(other.at, f"expected one of {', '.join(STATUSES)}, found {other}")
            if comparator not in ("==", "!="):
                raise ExpressionError(column, f"expected == or != between statuses, found {comparator}")
        return Comparison(left, cast(Comparator, comparator), right)

    def sum(self) -> Expression:
        left = self.product()
        while (symbol := self.take_symbol("+-")) is not None:
            left = self.joined(left, symbol, self.product())
        return left

    def product(self) -> Expression:
        left = self.signed()
        while (symbol := self.take_symbol("*")) is not None:
            left = self.joined(left, symbol, self.signed())
        return left

    def joined(self, left: Expression, symbol: Symbol, right: Expression) -> Operation:
        self.operations += 1
        if self.operations > _MOST_OPERATIONS:
            raise ExpressionError(right.at, f"expected at most {_MOST_OPERATIONS} operations")
        return Operation(self.amount(left), symbol, self.amount(right), left.at)

    @staticmethod
    def amount(tree: Expression) -> Expression:
        if _is_status(tree):
            raise ExpressionError(tree.at, f"expected an amount, found {tree}, which has no number")
        return tree

    def signed(self) -> Expression:
        self.depth += 1
        column = self.column()
        if self.depth > _DEEPEST:
            raise ExpressionError(column, "nested too deeply")
        if self.take_symbol("-") is not None:
            found: Expression = Negative(self.amount(self.signed()), column)
        elif self.take_one_of("("):
            found = self.sum()
            self.expect(")", "expected )")
        else:
            found = self.single()
        self.depth -= 1
        return found

    def single(self) -> Expression:
        column = self.column()
        if (digits := self.take(NUMBER)) is not None:
            return Number(self.wad_of(digits, column), column)
        word = self.take(WORD)
        if word is None:
            raise self.wrong("expected a number or a term")
        if word in STATUSES:
            return StatusWord(word, column)
        return self.term(word, column)

    @staticmethod
    def wad_of(digits: str, column: int) -> int:
        number = Decimal(digits.replace("_", ""))
        try:
            if number < Decimal(10) ** 60:
                return to_wad(number)
        except InputError:
            raise ExpressionError(
                column, f"expected at most 18 digits behind the point, found {digits}"
            ) from None
        raise ExpressionError(column, f"expected a number below 10^60, found {digits}")

    def term(self, name: str, column: int) -> Term:
        signature = TERMS.get(name)
        if signature is None:
            raise ExpressionError(column, f"unknown term {name!r}; {hint(name, [*TERMS, *STATUSES])}")
        arguments: list[Argument] = []
        end = self.column() - 1
        if self.take_one_of("("):
            while not self.take_one_of(")"):
                if arguments:
                    self.expect(",", "expected , or )")
                kind = signature.kind(len(arguments))
                if kind is None:
                    raise self.wrong(f"expected {signature.usage(name)}")
                arguments.append(self.argument(kind))
            end = self.at
        if len(arguments) < signature.least:
            raise ExpressionError(max(end, 1), f"expected {signature.usage(name)}")
        return Term(name, tuple(arguments), column)

    def argument(self, kind: ArgumentKind) -> Argument:
        column = self.column()
        if kind == "term":
            return self.term_at_start(column)
        if (quoted := self.take(_QUOTED)) is not None:
            return Name(quoted[1:-1], column)
        if (address := self.take(_ADDRESS)) is not None:
            return Name(address, column)
        if kind in ("position", "value") and (digits := self.take(_WHOLE)) is not None:
            return Whole(int(digits.replace("_", "")), column)
        name = self.take(_NAME)
        if name is None:
            raise self.wrong(f"expected the name of {_ARTICLES.get(kind, 'a')} {kind}")
        if kind == "side" and name not in ("long", "short"):
            raise ExpressionError(column, f"expected long or short, found {name}")
        return Name(name, column)

    def term_at_start(self, column: int) -> Term:
        word = self.take(WORD)
        if word is None:
            raise self.wrong("expected a term")
        found = self.term(word, column)
        if not TERMS[word].known_at_start:
            raise ExpressionError(column, f"expected a term that is known at the start, found {word}")
        return found

    def take_symbol(self, symbols: str) -> Symbol | None:
        return cast("Symbol | None", self.take_one_of(symbols))


_ARTICLES = {"account": "an", "event": "an", "invariant": "an"}
