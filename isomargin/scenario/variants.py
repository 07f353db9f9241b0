"""The variants of a scenario: `[variants.AXIS.NAME]` tables of overrides, and the matrix that axes make."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from math import prod
from typing import Any

from isomargin.errors import ScenarioError
from isomargin.prices.parsing import shown
from isomargin.scenario.documents import Document, Origin, overlaid
from isomargin.scenario.expression_reader import hint
from isomargin.scenario.locations import KeyPath

__all__ = ["Axes", "axes_of", "choices_of", "resolved", "variant_name"]

Axes = Mapping[str, tuple[str, ...]]
"""The names of each axis, both in the order of the file."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_MOST = 1_000
_NOT_IN_VARIANTS = ("variants", "include")
_RESTRICTED = ("steps", "expect")


def variant_name(choices: Mapping[str, str]) -> str:
    """How people write a choice.

    >>> variant_name({"defence": "off", "policy": "full"})
    'defence=off policy=full'
    """
    return " ".join(f"{axis}={name}" for axis, name in choices.items())


def axes_of(document: Document) -> Axes:
    """The axes of a document, checked.

    Raises
    ------
    ScenarioError
    """
    axes = _table(document, "variants") if "variants" in document.tables else {}
    for axis in axes:
        _check_name(document, axis, "variants", axis)
        names = _table(document, "variants", axis)
        if not names:
            raise document.error("expected a variant at least, found none", "variants", axis)
        for name in names:
            _check_name(document, name, "variants", axis, name)
            for key in _table(document, "variants", axis, name):
                if key in _NOT_IN_VARIANTS:
                    raise document.error("not used in a variant", "variants", axis, name, key)
    count = prod(len(names) for names in axes.values())
    if count > _MOST:
        raise document.error(f"expected at most {_MOST} variants in all, found {count}", "variants")
    return {axis: tuple(names) for axis, names in axes.items()}


def _table(document: Document, *key: str) -> Mapping[str, Any]:
    found: Any = document.tables
    for part in key:
        found = found[part]
    if not isinstance(found, Mapping):
        raise document.error(f"expected a table, found {shown(found)}", *key)
    return found


def _check_name(document: Document, name: str, *key: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise document.error("expected a name of 1 to 40 letters, digits and - _ .", *key)


def choices_of(axes: Axes) -> list[dict[str, str]]:
    """Every variant, the last axis changing first; one without choices where there are no axes."""
    return [dict(zip(axes, names, strict=True)) for names in itertools.product(*axes.values())]


def resolved(document: Document, choices: Mapping[str, str]) -> Document:
    """The document of one variant: its overrides laid over, and without the steps of other variants.

    Raises
    ------
    ScenarioError
        If an axis is not chosen, or something chosen that is not there.
    """
    axes = axes_of(document)
    _check_choices(document, axes, choices)
    for table in _RESTRICTED:
        _check_restrictions(document, axes, table)
    merged = document.without("variants")
    for axis in axes:
        over = document.below(("variants", axis, choices[axis]))
        for table in _RESTRICTED:
            _check_restrictions(over, axes, table)
        merged = overlaid(merged, over)
    for table in _RESTRICTED:
        merged = _restricted(merged, table, choices)
    return merged


def _check_choices(document: Document, axes: Axes, choices: Mapping[str, str]) -> None:
    where = document.place(())
    prefix = f"{where}: " if where else ""
    for axis, name in choices.items():
        if axis not in axes:
            meant = hint(axis, axes) if axes else "it has no variants"
            raise ScenarioError(f"{prefix}no axis {axis!r} of variants; {meant}")
        if name not in axes[axis]:
            raise ScenarioError(f"{prefix}no variant {name!r} of {axis}; {hint(name, axes[axis])}")
    if any(axis not in choices for axis in axes):
        listed = " ".join(f"--variant {axis}={'|'.join(names)}" for axis, names in axes.items())
        raise ScenarioError(f"{prefix}has variants; expected a choice: {listed}")


def _check_restrictions(document: Document, axes: Axes, table: str) -> None:
    """Refuse a `variant` key that names what is not there; the checks of the table see to the rest."""
    elements = document.tables.get(table)
    for index, element in enumerate(elements if isinstance(elements, list | tuple) else ()):
        wanted = element.get("variant") if isinstance(element, Mapping) else None
        if wanted is None:
            continue
        at: KeyPath = (table, index, "variant")
        if not isinstance(wanted, Mapping):
            raise document.error(f"expected a table of axes and names, found {shown(wanted)}", *at)
        for axis, names in wanted.items():
            if axis not in axes:
                meant = hint(str(axis), axes) if axes else "the file has no variants"
                raise document.error(f"unknown axis of variants; {meant}", *at, axis)
            for name in _listed(names):
                if name not in axes[axis]:
                    meant = hint(str(name), axes[axis])
                    raise document.error(
                        f"expected a variant of {axis}, found {shown(name)}; {meant}", *at, axis
                    )


def _listed(names: Any) -> list[Any]:
    return list(names) if isinstance(names, list | tuple) else [names]


def _restricted(document: Document, table: str, choices: Mapping[str, str]) -> Document:
    """Leave out the elements of an array that are for other variants; the others keep their origins."""
    elements = document.tables.get(table)
    if not isinstance(elements, list | tuple):
        return document
    kept = [index for index, element in enumerate(elements) if _holds(element, choices)]
    tables = {**document.tables, table: [_plain(elements[index]) for index in kept]}
    renumbered = {old: new for new, old in enumerate(kept)}
    origins: dict[KeyPath, Origin] = {}
    for path, origin in document.origins.items():
        if path[0] != table or len(path) == 1:
            origins[path] = origin
        elif path[1] in renumbered:
            origins[(table, renumbered[int(path[1])], *path[2:])] = origin
    return Document(tables, origins, document.file)


def _holds(element: Any, choices: Mapping[str, str]) -> bool:
    wanted = element.get("variant") if isinstance(element, Mapping) else None
    return wanted is None or all(choices[axis] in _listed(names) for axis, names in wanted.items())


def _plain(element: Any) -> Any:
    if not isinstance(element, Mapping):
        return element
    return {key: value for key, value in element.items() if key != "variant"}
