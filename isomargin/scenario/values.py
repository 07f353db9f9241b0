"""The kinds of value in a scenario: how a human number becomes an exact integer, and the refusal if not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from isomargin.errors import InputError
from isomargin.prices.parsing import parse_time, shown, utc_text
from isomargin.units import from_wad, to_float, to_wad

__all__ = [
    "GWEI",
    "Amount",
    "Checked",
    "Fraction",
    "Gwei",
    "Human",
    "KeyProblem",
    "Moment",
    "Name",
    "PositiveAmount",
    "PositiveSeconds",
    "Probability",
    "Section",
    "describe_wad",
    "find_number",
    "number_between",
    "pairs_of",
    "real_between",
    "text_of",
    "true_or_false",
    "whole_between",
]

GWEI = 10**9
"""Wei."""

_LARGEST = Decimal(10) ** 20  # quote: what the contracts hold of WAD in 128 bits


class Section(BaseModel):
    """A table of the file; its fields are the keys that it knows."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)


class KeyProblem(ValueError):
    """A value that contradicts another one; `key` is the path below the table that noticed.

    Raised by the checks that see more than one key, and turned into a `ScenarioError` when the file is known.
    """

    def __init__(self, message: str, *key: str | int) -> None:
        super().__init__(message)
        self.key = key


def find_number(value: object) -> Decimal:
    """The decimal that a number or its text stands for.

    Raises
    ------
    ValueError
        If it is not a finite number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError(f"expected a number, found {shown(value)}")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"expected a number, found {shown(value)}") from None
    if not number.is_finite():
        raise ValueError(f"expected a finite number, found {value}")
    return number


@dataclass(frozen=True)
class Checked:
    """Annotates a value that is checked as it is written.

    Attributes
    ----------
    read : callable
        From what is written to what is held; raises ValueError with what was expected and found.
    shape : mapping
        JSON schema of what may be written, so far as that can be said in one; over that of the type.
    """

    read: Callable[[Any], Any]
    shape: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), **self.shape}


@dataclass(frozen=True)
class Human:
    """Annotates a value that a human writes one way and the program holds another; JSON gets the human's.

    Attributes
    ----------
    read : callable
        From what is written to what is held; raises ValueError with what was expected and found.
    write : callable
        From what is held to text.
    shape : mapping
        JSON schema of what may be written.
    """

    read: Callable[[Any], Any]
    write: Callable[[Any], str]
    shape: Mapping[str, Any] = field(default_factory=lambda: {"type": ["number", "string"]}, compare=False)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            self.read,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(self.write, when_used="json"),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.shape)


def number_between(
    low: str = "0", high: str | None = None, *, above: bool = False, places: int = 18
) -> Human:
    """A human number that becomes WAD, from `low` (or above it) to `high`, of at most `places` decimals."""
    least, most = Decimal(low), Decimal(high) if high is not None else _LARGEST

    def convert(value: object) -> int:
        number = find_number(value)
        if number < least or number > most or (above and number == least):
            raise ValueError(f"expected {_bounds(low, high, above)}, found {shown(number)}")
        if number and number.adjusted() < -18 - places:
            raise ValueError(f"expected at most {places} digits behind the point, found {shown(number)}")
        try:
            wad = to_wad(number)
        except InputError as error:
            raise ValueError(str(error)) from None
        if wad % 10 ** (18 - places):
            raise ValueError(f"expected at most {places} digits behind the point, found {shown(number)}")
        return wad

    lowest = {"exclusiveMinimum" if above else "minimum": _json_number(least)}
    highest = {"maximum": _json_number(most)} if high is not None else {}
    return Human(convert, from_wad, {"type": ["number", "string"], **lowest, **highest})


def _json_number(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def whole_between(low: int, high: int) -> Checked:
    """A whole number from `low` to `high`."""

    def convert(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"expected a whole number, found {shown(value)}")
        if not low <= value <= high:
            raise ValueError(f"expected a whole number from {low} to {high}, found {value}")
        return value

    return Checked(convert, {"minimum": low, "maximum": high})


def real_between(low: float, high: float) -> Checked:
    """A number from `low` to `high` that stays a float: probabilities and what price generators take."""

    def convert(value: object) -> float:
        number = float(find_number(value))
        if not math.isfinite(number) or not low <= number <= high:
            raise ValueError(f"expected a number from {low:g} to {high:g}, found {shown(value)}")
        return number

    return Checked(convert, {"type": ["number", "string"], "minimum": low, "maximum": high})


def true_or_false() -> Checked:
    """Yes or no, as TOML writes it."""

    def convert(value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"expected true or false, found {shown(value)}")
        return value

    return Checked(convert)


@dataclass(frozen=True)
class _Pairs(Checked):
    """The same for rows that are tables or pairs."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        table = handler(schema)
        pair = {"type": "array", "minItems": 2, "maxItems": 2}
        return {"type": "array", "items": {"anyOf": [table["items"], pair]}}


def pairs_of(first: str, second: str) -> Checked:
    """An array of tables with two keys, each of which may be written as a pair of values."""

    def convert(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise ValueError(f"expected rows of {first} and {second}, found {value!r}")
        rows = []
        for index, row in enumerate(value):
            if isinstance(row, list | tuple):
                if len(row) != 2:
                    raise KeyProblem(f"expected {first} and {second}, found {len(row)} cells", index)
                rows.append({first: row[0], second: row[1]})
            else:
                rows.append(row)
        return rows

    return _Pairs(convert)


def _bounds(low: str, high: str | None, above: bool) -> str:
    if high is not None:
        return f"a number above {low}, at most {high}" if above else f"a number from {low} to {high}"
    if above:
        return f"a number above {low}"
    return "a number of zero or more" if low == "0" else f"a number of at least {low}"


def text_of(longest: int) -> Checked:
    """One line of text, neither empty nor longer than `longest` bytes: what a contract's text holds."""

    def convert(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(f"expected text, found {shown(value)}")
        if not 0 < len(value.encode()) <= longest or not value.isprintable():
            raise ValueError(f"expected one to {longest} printable characters, found {shown(value)}")
        return value

    return Checked(convert, {"minLength": 1, "maxLength": longest})


def _moment(value: Any) -> int:
    try:
        return parse_time(value, "time")
    except InputError as error:
        raise ValueError(str(error).removeprefix("time: ")) from None


def describe_wad(amount: int) -> str:
    """A WAD amount in figures for a message, with thousands separated."""
    return f"{to_float(amount):,.6g}" if amount % 10**18 else f"{amount // 10**18:,}"


Amount = Annotated[int, number_between()]
"""Quote, zero or more; WAD."""

PositiveAmount = Annotated[int, number_between(above=True)]
"""Quote, above zero; WAD."""

Fraction = Annotated[int, number_between("0", "1")]
"""From nothing to all; WAD."""

Gwei = Annotated[int, number_between("0", "1000000000", places=9)]
"""What a unit of gas costs, zero or more; WAD of gwei."""

Probability = Annotated[float, real_between(0, 1)]

PositiveSeconds = Annotated[int, whole_between(1, 2**32 - 1)]

Moment = Annotated[int, Human(_moment, utc_text, {"type": ["string", "integer"]})]
"""A TOML date and time, ISO 8601 text or unix time; unix seconds."""

Name = Annotated[str, text_of(40)]
"""Of an account."""
