"""What a column of a record can hold; from the type hints of a row follow its Arrow schema and its checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from isomargin.errors import InputError
from isomargin.units import from_units

__all__ = [
    "Cell",
    "Column",
    "Kind",
    "column_names",
    "columns_of",
    "flag",
    "integer",
    "real",
    "text",
    "token",
    "wad",
    "wei",
]

Kind = Literal["integer", "wei", "wad", "token", "text", "flag", "real"]
Cell = int | str | bool | float | None

_PYTHON_TYPES: dict[Kind, type] = {
    "integer": int, "wei": int, "wad": int, "token": int, "text": str, "flag": bool, "real": float
}  # fmt: skip
_LARGEST_DECIMAL = 10**38 - 1  # decimal128 has 38 digits
_LARGEST_INTEGER = 2**63 - 1


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    kind : Kind
        ``integer``, ``text`` and ``flag`` are what they say, ``real`` is a share or another statistic;
        ``wei``, ``wad`` and ``token`` are exact amounts with 0, 18 and the collateral token's digits behind
        the point. In Python all amounts are integers of the smallest unit.
    unit, meaning : str
        For people; both travel with the Parquet files.
    name : str
        The attribute of the row.
    nullable : bool
        Whether ``None`` is a value.
    choices : tuple of str
        The only texts allowed, if not empty.
    """

    kind: Kind
    unit: str
    meaning: str
    name: str = ""
    nullable: bool = False
    choices: tuple[str, ...] = ()

    def digits(self, token_decimals: int) -> int | None:
        """Digits behind the point of an amount; None for what is not an amount."""
        return {"wei": 0, "wad": 18, "token": token_decimals}.get(self.kind)

    def arrow_type(self, token_decimals: int) -> pa.DataType:
        """The Arrow type: int64, string, bool, double, or decimal128(38, digits)."""
        digits = self.digits(token_decimals)
        if digits is not None:
            return pa.decimal128(38, digits)
        kinds = {"integer": pa.int64(), "text": pa.string(), "flag": pa.bool_(), "real": pa.float64()}
        return kinds[self.kind]

    def check(self, value: Any, table: str) -> None:
        """Raise `InputError`, naming table and column, unless `value` is of this column's type and range."""
        if value is None and self.nullable:
            return
        where = f"record, table {table}, column {self.name}"
        expected = _PYTHON_TYPES[self.kind]
        if type(value) is not expected:
            found = f"{value!r} ({type(value).__name__})"
            raise InputError(f"{where}: expected {expected.__name__}, found {found}")
        if self.choices and value not in self.choices:
            raise InputError(f"{where}: expected {' or '.join(self.choices)}, found {value!r}")
        largest = _LARGEST_INTEGER if self.kind == "integer" else _LARGEST_DECIMAL
        if isinstance(value, int) and abs(value) > largest:
            room = "64 bits" if self.kind == "integer" else "38 digits"
            raise InputError(f"{where}: {value} does not fit in {room}")

    def to_arrow(self, cells: Iterable[Cell], token_decimals: int) -> pa.Array:
        """The cells as an Arrow array; amounts become exact decimals."""
        digits = self.digits(token_decimals)
        if digits is None:
            return pa.array(cells, type=self.arrow_type(token_decimals))
        with localcontext() as context:
            context.prec = 40
            decimals = [None if cell is None else Decimal(cell).scaleb(-digits) for cell in cells]
        return pa.array(decimals, type=self.arrow_type(token_decimals))

    def from_arrow(self, array: pa.ChunkedArray, token_decimals: int) -> list[Any]:
        """The cells of an Arrow column; exact decimals become integers again."""
        digits = self.digits(token_decimals)
        cells: list[Any] = array.to_pylist()
        if digits is None:
            return cells
        with localcontext() as context:
            context.prec = 40
            return [None if cell is None else int(cell.scaleb(digits)) for cell in cells]

    def to_text(self, cells: Iterable[Cell], token_decimals: int) -> pa.Array:
        """The cells for a CSV file: amounts as plain decimal text, never with an exponent."""
        digits = self.digits(token_decimals)
        if digits is None:
            return self.to_arrow(cells, token_decimals)
        texts = [None if cell is None else from_units(int(cell), digits) for cell in cells]
        return pa.array(texts, type=pa.string())


def integer(unit: str, meaning: str) -> Column:
    """A number that fits 64 bits."""
    return Column("integer", unit, meaning)


def wei(meaning: str) -> Column:
    """An amount of the chain's own coin in wei."""
    return Column("wei", "wei", meaning)


def wad(unit: str, meaning: str) -> Column:
    """An amount in WAD (10**18 is one)."""
    return Column("wad", unit, meaning)


def token(meaning: str) -> Column:
    """An amount of the collateral token, in its units."""
    return Column("token", "token", meaning)


def text(unit: str, meaning: str) -> Column:
    """Text."""
    return Column("text", unit, meaning)


def real(unit: str, meaning: str) -> Column:
    """A statistic that is no amount: a share, a ratio."""
    return Column("real", unit, meaning)


def flag(meaning: str) -> Column:
    """True or false."""
    return Column("flag", "", meaning)


def columns_of(row_type: type) -> tuple[Column, ...]:
    """The columns of a row dataclass, in the order of its fields.

    Each field's hint is ``Annotated[type, column]``; ``| None`` makes the column nullable and a ``Literal``
    limits its texts.
    """
    return _columns_of(row_type)


def column_names(row_type: type) -> list[str]:
    """The names of a row's columns, in order."""
    return [column.name for column in columns_of(row_type)]


@cache
def _columns_of(row_type: type) -> tuple[Column, ...]:
    hints = get_type_hints(row_type, include_extras=True)
    return tuple(_named(name, hint) for name, hint in hints.items())


def _named(name: str, hint: Any) -> Column:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"{name}: expected a hint of the form Annotated[type, column], found {hint!r}")
    bare, column = get_args(hint)[:2]
    union = get_args(bare) if get_origin(bare) in (Union, UnionType) else (bare,)
    choices = tuple(choice for part in union if get_origin(part) is Literal for choice in get_args(part))
    named: Column = replace(column, name=name, nullable=NoneType in union, choices=choices)
    return named
