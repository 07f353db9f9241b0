"""Whether an answer is the expected one: equal, but for what a pattern leaves open."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["ANYTHING", "Names", "differences", "filled_in", "shape_of"]

Names = dict[str, Any]
"""Values that earlier answers gave, by the names that patterns gave them."""

ANYTHING = "$_"
_REST = "..."
_NAME = re.compile(r"\$([a-z0-9_]+)(?::([a-z]+))?")
_SHAPES = {
    "quantity": re.compile(r"0x(0|[1-9a-f][0-9a-f]*)"),
    "data": re.compile(r"0x([0-9a-f]{2})*"),
    "address": re.compile(r"0x[0-9a-fA-F]{40}"),
    "hash": re.compile(r"0x[0-9a-f]{64}"),
    "bloom": re.compile(r"0x[0-9a-f]{512}"),
    "text": re.compile(r".+", re.DOTALL),
}
_MOST_SPECIFIC_FIRST = ("bloom", "hash", "address", "quantity", "data", "text")


def filled_in(request: str, names: Names) -> str:
    """Put captured values in the place of their names, which stand alone in a JSON string."""
    return re.sub(r'"\$([a-z0-9_]+)"', lambda found: json.dumps(names[found[1]]), request)


def differences(pattern: Any, found: Any, names: Names, where: str = "answer") -> Iterator[str]:
    """Tell where an answer is not what the pattern says; what the pattern names for the first time is kept.

    Parameters
    ----------
    pattern, found
        Parsed JSON.
    names : dict
        Grows.
    where : str
        The path to `pattern`, for the messages.
    """
    if isinstance(pattern, dict):
        yield from _of_objects(pattern, found, names, where)
    elif isinstance(pattern, list):
        yield from _of_lists(pattern, found, names, where)
    elif isinstance(pattern, str) and "$" in pattern:
        yield from _of_names(pattern, found, names, where)
    elif _plain(pattern) != _plain(found) or type(pattern) is not type(found):
        yield f"{where}: expected {_short(pattern)}, found {_short(found)}"


def _of_objects(pattern: dict[str, Any], found: Any, names: Names, where: str) -> Iterator[str]:
    if not isinstance(found, dict):
        yield f"{where}: expected an object, found {_short(found)}"
        return
    for key in pattern.keys() - found.keys() - {_REST}:
        yield f"{where}: {key} is missing"
    if _REST not in pattern:
        for key in sorted(found.keys() - pattern.keys()):
            yield f"{where}: {key} is not expected, found {_short(found[key])}"
    for key in pattern.keys() & found.keys():
        yield from differences(pattern[key], found[key], names, f"{where}.{key}")


def _of_lists(pattern: list[Any], found: Any, names: Names, where: str) -> Iterator[str]:
    if not isinstance(found, list) or len(found) != len(pattern):
        length = len(found) if isinstance(found, list) else _short(found)
        yield f"{where}: expected a list of {len(pattern)}, found {length}"
        return
    for place, (wanted, got) in enumerate(zip(pattern, found, strict=True)):
        yield from differences(wanted, got, names, f"{where}[{place}]")


def _of_names(pattern: str, found: Any, names: Names, where: str) -> Iterator[str]:
    named = _NAME.fullmatch(pattern)
    if named is None:  # a text of which only the beginning is known
        beginning = pattern.removesuffix(ANYTHING)
        if not isinstance(found, str) or not found.startswith(beginning):
            yield f"{where}: expected {beginning!r} and more, found {_short(found)}"
        return
    name, shape = named.groups()
    if shape and not (isinstance(found, str) and _SHAPES[shape].fullmatch(found)):
        yield f"{where}: expected a {shape}, found {_short(found)}"
    elif name == "_":
        return
    elif name not in names:
        names[name] = found
    elif names[name] != found:
        yield f"{where}: expected {name}, which is {_short(names[name])}, found {_short(found)}"


def _plain(value: Any) -> Any:
    """An address in one case: clients write checksums or not."""
    is_address = isinstance(value, str) and _SHAPES["address"].fullmatch(value)
    return value.lower() if is_address else value


def shape_of(value: Any) -> Any:
    """What a ``// speconly:`` case compares: the same JSON with patterns in the place of its texts."""
    if isinstance(value, dict):
        return {key: shape_of(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape_of(each) for each in value]
    if isinstance(value, str) and "$" not in value:
        shape = next((name for name in _MOST_SPECIFIC_FIRST if _SHAPES[name].fullmatch(value)), None)
        return f"$_:{shape}" if shape else value
    return value


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 300 else f"{text[:300]}... ({len(text)} characters)"
