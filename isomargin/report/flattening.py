"""Nested parameters as lines of path and text, for tables and for telling two runs apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["flattened"]


def flattened(values: Any, path: str = "") -> list[tuple[str, str]]:
    """Every value below `values` with its path, for example ``("risk.brackets[0].mmr", "0.005")``.

    A list of plain values is one line, its items joined by commas.

    >>> flattened({"market": {"skew": 5, "open": True}, "steps": []})
    [('market.skew', '5'), ('market.open', 'yes'), ('steps', '')]
    """
    if isinstance(values, Mapping):
        pairs = [(f"{path}.{key}" if path else str(key), inner) for key, inner in values.items()]
    elif isinstance(values, list | tuple) and any(_is_nested(item) for item in values):
        pairs = [(f"{path}[{place}]", inner) for place, inner in enumerate(values)]
    else:
        return [(path, _text(values))]
    return [line for inner_path, inner in pairs for line in flattened(inner, inner_path)]


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
