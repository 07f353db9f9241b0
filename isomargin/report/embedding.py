"""What the page's script works with, as JSON inside the page: figures whose arrays stand there once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from isomargin.report.lives import Group, LifeEvent

__all__ = ["figures_json", "json_in_page", "positions_json"]

_LONG = 12  # items from which on an array is worth a place of its own


def figures_json(figures: Mapping[str, go.Figure]) -> Markup:
    """The figures by key, and all their long arrays, equal ones once: a figure names them by number.

    Times and prices, for example, are drawn by many plots and are in the page only here.
    """
    arrays: dict[str, int] = {}
    drawn = {key: _lifted(json.loads(str(figure.to_json())), arrays) for key, figure in figures.items()}
    shared = ",".join(arrays)  # in the order of their numbers
    return Markup(_safe(f'{{"arrays":[{shared}],"figures":{_compact(drawn)}}}'))


def positions_json(lives: Mapping[int, Sequence[LifeEvent]], groups: Mapping[str, Group]) -> Markup:
    """Lives as ``[time, block, kind, text]`` by id, and the groups of positions that plots lead to."""
    return json_in_page(
        {
            "lives": {
                str(position): [[event.timestamp, event.block, event.kind, event.text] for event in events]
                for position, events in lives.items()
            },
            "groups": {
                name: {"label": group.label, "ids": group.ids, "more": group.more}
                for name, group in groups.items()
            },
        }
    )


def json_in_page(value: Any) -> Markup:
    """A value as JSON that cannot end the script element it stands in."""
    return Markup(_safe(_compact(value)))


def _lifted(node: Any, arrays: dict[str, int]) -> Any:
    """A part of a figure with its long arrays replaced by ``{"array": number}``."""
    if isinstance(node, dict):
        if "bdata" in node:
            return _numbered(node, arrays) if len(node["bdata"]) > 8 * _LONG else node
        return {key: _lifted(part, arrays) for key, part in node.items()}
    if isinstance(node, list):
        if len(node) >= _LONG and not any(isinstance(part, dict) for part in node):
            return _numbered(node, arrays)
        return [_lifted(part, arrays) for part in node]
    return node


def _numbered(array: Any, arrays: dict[str, int]) -> dict[str, int]:
    return {"array": arrays.setdefault(_compact(array), len(arrays))}


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _safe(text: str) -> str:
    return text.replace("<", "\\u003c")
