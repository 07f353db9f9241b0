"""Values of the ABI as text: numbers to the last digit, addresses by the names of those who live there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from isomargin.traces.interface import Named, Parameter

__all__ = ["number_text", "value_text", "values_text"]

_WAD_DIGITS = 18
_LEAST_IN_WAD = 10**15
_POWERS = {2**power: f"2**{power}" for power in range(48, 257)}
_POWERS |= {2**power - 1: f"2**{power} - 1" for power in range(48, 257)}
_BYTES_SHOWN = 32
_ITEMS_SHOWN = 8
_NAMELESS = re.compile(r"^arg\d+$")  # what Vyper calls the parameters of a getter

_NameOf = Callable[[str], str]


def number_text(number: int) -> str:
    """Write an integer exactly and so that it can be read.

    From 10^15 up in units of 10^18, as prices and sizes are counted; below with its digits in groups;
    powers of two, which stand for no limit, as such.

    >>> number_text(99_930_000_000_000_000_000), number_text(-1_500_000), number_text(2**256 - 1)
    ('99.93e18', '-1_500_000', '2**256 - 1')
    """
    if number < 0:
        return f"-{number_text(-number)}"
    if number in _POWERS:
        return _POWERS[number]
    if number < _LEAST_IN_WAD:
        return f"{number:_}"
    whole, rest = divmod(number, 10**_WAD_DIGITS)
    fraction = f"{rest:018d}".rstrip("0")
    return f"{whole:_}.{fraction}e18" if fraction else f"{whole:_}e18"


def value_text(parameter: Parameter, value: Any, name_of: _NameOf) -> str:
    """Write one value of the type of `parameter`."""
    if parameter.kind.endswith("]"):
        return _array_text(parameter, value, name_of)
    if parameter.members:
        return f"({values_text(tuple(zip(parameter.members, value, strict=True)), name_of)})"
    if parameter.kind == "address":
        return name_of(value)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return number_text(value)
    if isinstance(value, bytes):
        return _bytes_text(value)
    return json.dumps(value) if isinstance(value, str) else str(value)


def values_text(named: Named, name_of: _NameOf) -> str:
    """Write values with the names of their parameters, where they have any."""
    texts = ((_NAMELESS.sub("", one.name), value_text(one, value, name_of)) for one, value in named)
    return ", ".join(f"{name}={text}" if name else text for name, text in texts)


def _array_text(parameter: Parameter, values: Any, name_of: _NameOf) -> str:
    item = Parameter("", parameter.kind[: parameter.kind.rindex("[")], parameter.members)
    texts = [value_text(item, value, name_of) for value in values[:_ITEMS_SHOWN]]
    if len(values) > _ITEMS_SHOWN:
        texts.append(f"... {len(values) - _ITEMS_SHOWN} more")
    return f"[{', '.join(texts)}]"


def _bytes_text(value: bytes) -> str:
    if len(value) <= _BYTES_SHOWN:
        return f"0x{value.hex()}"
    return f"0x{value[:_BYTES_SHOWN].hex()}... ({len(value)} bytes)"
