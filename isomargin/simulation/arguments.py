"""Arguments of calls as a scenario writes them, as values of the ABI's types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["argument_for", "arguments_for"]

_ARRAY = re.compile(r"(?P<element>.+)\[(?P<length>\d*)\]")
_LARGEST_EXPONENT = 78  # a 256-bit number has so many digits


def arguments_for(
    kinds: Sequence[str],
    values: Sequence[Any],
    address_of: Callable[[str], str],
    number_of: Callable[[str], int],
) -> list[Any]:
    """Turn all arguments of a call into values that can be encoded.

    Parameters
    ----------
    kinds : sequence of str
        ABI types; there must be as many values.
    address_of, number_of : callable
        What a name stands for where an address, or a number, is wanted; both raise ValueError.

    Raises
    ------
    ValueError
        What was expected and found, and at which place.
    """
    found = []
    for place, (kind, value) in enumerate(zip(kinds, values, strict=True)):
        try:
            found.append(argument_for(kind, value, address_of, number_of))
        except ValueError as error:
            raise ValueError(f"argument {place + 1}: {error}") from None
    return found


def argument_for(
    kind: str, value: Any, address_of: Callable[[str], str], number_of: Callable[[str], int]
) -> Any:
    """Turn one value into one of an ABI type; as `arguments_for`."""
    if (array := _ARRAY.fullmatch(kind)) is not None:
        element, length = array["element"], array["length"]
        items = _listed(value, f"an array of {element}")
        if length and len(items) != int(length):
            raise ValueError(f"expected {length} elements, found {len(items)}")
        return [argument_for(element, item, address_of, number_of) for item in items]
    if kind.startswith("("):
        members = list(_members(kind[1:-1]))
        items = _listed(value, f"an array with a value for each of {kind}")
        if len(items) != len(members):
            raise ValueError(f"expected {len(members)} values for {kind}, found {len(items)}")
        return tuple(
            argument_for(member, item, address_of, number_of)
            for member, item in zip(members, items, strict=True)
        )
    return _single(kind, value, address_of, number_of)


def _single(kind: str, value: Any, address_of: Callable[[str], str], number_of: Callable[[str], int]) -> Any:
    if kind == "address" and isinstance(value, str):
        return address_of(value)
    if kind == "bool":
        if value in (True, "true", 1):
            return True
        if value in (False, "false", 0):
            return False
    elif kind == "string" and isinstance(value, str):
        return value
    elif kind.startswith("bytes") and isinstance(value, str) and value.startswith("0x"):
        content = _bytes(value)
        size = kind.removeprefix("bytes")
        if size and len(content) != int(size):
            raise ValueError(f"expected {size} bytes, found {len(content)}")
        return content
    elif kind.startswith(("uint", "int")):
        return _whole(kind, value, number_of)
    raise ValueError(f"expected {kind}, found {value!r}")


def _whole(kind: str, value: Any, number_of: Callable[[str], int]) -> int:
    number = _number(value, number_of)
    bits = int(kind.removeprefix("u").removeprefix("int"))
    low, high = (0, 2**bits) if kind.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    if not low <= number < high:
        raise ValueError(f"expected {kind}, found {number}")
    return number


def _number(value: Any, number_of: Callable[[str], int]) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | float):
        raise ValueError(f"expected a whole number, found {value!r}")
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.startswith("0x"):
        return int.from_bytes(_bytes(value if len(value) % 2 == 0 else f"0x0{value[2:]}"))
    try:
        number = Decimal(str(value).replace("_", ""))
    except InvalidOperation:
        return number_of(str(value))
    if not number.is_finite() or number.adjusted() > _LARGEST_EXPONENT or number != int(number):
        raise ValueError(f"expected a whole number, found {value}")
    return int(number)


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        raise ValueError(f"expected 0x and an even number of hex digits, found {text!r}") from None


def _listed(value: Any, expected: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected {expected}, found {value!r}")
    return value


def _members(inside: str) -> Iterator[str]:
    """The types of a struct's members, which may be structs."""
    depth, start = 0, 0
    for place, sign in enumerate(inside):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            yield inside[start:place]
            start = place + 1
    if inside:
        yield inside[start:]
