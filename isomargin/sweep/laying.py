"""How a point becomes a scenario: what each parameter says is laid over the base, key by key.

The same function serves twice. Where a sweep is checked, documents know the line of every key, so that a
value that no scenario can have is told with the line of the sweep file. Where a run is played, perhaps on
another machine, they are bare tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from isomargin.errors import ScenarioError
from isomargin.scenario.documents import Document, Origin, overlaid
from isomargin.scenario.locations import KeyPath, key_text
from isomargin.sweep.definition import Value
from isomargin.sweep.design import Point

__all__ = ["Override", "laid_over", "with_seed"]

_NEVER = 1_000_000  # blocks: more than a run of a sweep has


@dataclass(frozen=True)
class Override:
    """What a parameter changes.

    Attributes
    ----------
    path : tuple
        The key that takes the values; empty where choices say theirs.
    choices : mapping of str to Document
        What each lays over; their files are named as the base names its own.
    origins : mapping
        Where each value was written; empty far from the sweep file.
    written : Origin, optional
        Where the key was written, for values that a range made.
    """

    path: KeyPath = ()
    choices: Mapping[str, Document] = field(default_factory=dict)
    origins: Mapping[Value, Origin] = field(default_factory=dict)
    written: Origin | None = None

    def origin(self, value: Value) -> Origin | None:
        """Where a value was written, so far as anybody knows."""
        return self.origins.get(value, self.written)


def laid_over(base: Document, overrides: Sequence[Override], point: Point) -> Document:
    """The document of a point.

    Raises
    ------
    ScenarioError
        If a key leads into an array that the base does not have.
    """
    document = base
    for override, value in zip(overrides, point, strict=True):
        over = override.choices[str(value)] if override.choices else _single(document, override, value)
        document = replace(overlaid(document, over), file=base.file)
    return document


def with_seed(document: Document, seed: int, *, only_end: bool) -> Document:
    """The same for one run: with its seed, and its books checked at the end alone if that is wanted."""
    tables = {**document.tables, "seed": seed}
    checks = tables.get("invariants", {})
    if only_end and isinstance(checks, Mapping):
        tables["invariants"] = {**checks, "every": _NEVER}
    return replace(document, tables=tables)


def _single(document: Document, override: Override, value: Value) -> Document:
    """A document that says one key; an array that the key leads into is said as a whole."""
    path, origin = override.path, override.origin(value)
    origins: dict[KeyPath, Origin] = {}
    depth = next((index for index, part in enumerate(path) if isinstance(part, int)), len(path))
    inner: Any = value
    if depth < len(path):
        inner = _changed(document, path, depth, value, origin)
        origins = {at: known for at, known in document.origins.items() if at[:depth] == path[:depth]}
    for part in reversed(path[:depth]):
        inner = {part: inner}
    if origin is not None:
        origins[path] = origin
    return Document(inner, origins)


def _changed(document: Document, path: KeyPath, depth: int, value: Value, origin: Origin | None) -> Any:
    """A copy of the array at the first `depth` parts of a path, with the value at the rest of it."""
    found: Any = document.tables
    for part in path[:depth]:
        found = found.get(part) if isinstance(found, Mapping) else None
    changed = deepcopy(found)
    holder: Any = changed
    for index in range(depth, len(path)):
        part = path[index]
        has = isinstance(part, int) and isinstance(holder, list) and part < len(holder)
        if isinstance(part, int) and not has:
            number = len(holder) if isinstance(holder, list) else 0
            where = Document({}, {("at",): origin} if origin is not None else {}).place(("at",))
            raise ScenarioError(
                f"{where}: expected an element {part} of {key_text(path[:index])} in the scenario, "
                f"found {number} elements"
            )
        if index == len(path) - 1:
            holder[part] = value
        else:
            if isinstance(part, str) and isinstance(holder, dict):
                holder.setdefault(part, {})
            holder = holder[part]
    return changed
