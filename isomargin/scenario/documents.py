"""A scenario as nested mappings that know where each key was written: read, included, laid over another."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from isomargin.errors import ScenarioError
from isomargin.prices.parsing import shown
from isomargin.scenario.locations import KeyPath, key_lines, key_text

__all__ = ["Document", "Origin", "document_of", "moved", "overlaid", "read_document"]

_TOML_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_MOST_FILES = 100

# Below a key path: keys of which one excludes the others, and what goes with them.
_RIVALS: Mapping[KeyPath, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("prices",): (("values", "rows", "file", "gbm", "merton", "heston", "bootstrap"), ("columns",)),
    ("prices", "bootstrap"): (("file", "rows"), ("columns",)),
    ("gas",): (("price", "schedule", "file"), ("column",)),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a key was written: in which file and line, if in one, and its path there."""

    file: Path | None
    line: int | None
    key: KeyPath


@dataclass(frozen=True)
class Document:
    """A scenario that nobody has checked yet.

    Attributes
    ----------
    tables : dict
        What it says.
    origins : dict
        By key path, where that was written; what is not in it was written with the nearest path around it.
    file : Path or None
        Whose folder relative paths start from; None when it was written in Python.
    included : tuple of Path
        The files that it was read from besides.
    """

    tables: dict[str, Any]
    origins: dict[KeyPath, Origin] = field(default_factory=dict)
    file: Path | None = None
    included: tuple[Path, ...] = ()

    def place(self, key: KeyPath) -> str:
        """File, line and key, as a message begins."""
        for length in range(len(key), 0, -1):
            if (origin := self.origins.get(key[:length])) is not None:
                return _place(origin.file, origin.line, (*origin.key, *key[length:]))
        return _place(self.file, None, key)

    def error(self, message: str, *key: str | int) -> ScenarioError:
        """What to raise about a key."""
        where = self.place(key)
        return ScenarioError(f"{where}: {message}" if where else message)

    def below(self, key: KeyPath) -> Document:
        """The table at a key path, as a document of its own."""
        tables: Any = self.tables
        for part in key:
            tables = tables[part]
        size = len(key)
        origins = {path[size:]: origin for path, origin in self.origins.items() if path[:size] == key}
        return Document(dict(tables), {path: at for path, at in origins.items() if path}, self.file)

    def without(self, *keys: str) -> Document:
        """The same without some of the top-level keys."""
        return replace(
            self,
            tables={key: value for key, value in self.tables.items() if key not in keys},
            origins={path: origin for path, origin in self.origins.items() if path[0] not in keys},
        )


def _place(file: Path | None, line: int | None, key: KeyPath) -> str:
    where = "" if file is None else f"{file}:{line}" if line is not None else str(file)
    return ": ".join(part for part in (where, key_text(key)) if part)


def document_of(tables: Mapping[str, Any]) -> Document:
    """A document that was written in Python, as nested mappings."""
    return Document(dict(tables), {path: Origin(None, None, path) for path in _paths(tables, ())})


def _paths(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    """The key paths of all tables and their keys; elements of an array only where they are tables."""
    if isinstance(value, Mapping):
        inner: Iterator[tuple[str | int, Any]] = iter(value.items())
    elif isinstance(value, list | tuple):
        inner = ((index, one) for index, one in enumerate(value) if isinstance(one, Mapping))
    else:
        return
    for part, one in inner:
        yield (*path, part)
        yield from _paths(one, (*path, part))


def overlaid(base: Document, over: Document) -> Document:
    """One document over another: tables are merged key by key, everything else is replaced.

    The file is that of the document on top.
    """
    replaced: set[KeyPath] = set()

    def merged(lower: Mapping[str, Any], upper: Mapping[str, Any], path: KeyPath) -> dict[str, Any]:
        kept = _without_rivals(lower, upper, path)
        replaced.update((*path, key) for key in lower if key not in kept)
        for key, value in upper.items():
            below = kept.get(key)
            if isinstance(below, Mapping) and isinstance(value, Mapping):
                kept[key] = merged(below, value, (*path, key))
            else:
                replaced.add((*path, key))
                kept[key] = value
        return kept

    tables = merged(base.tables, over.tables, ())
    origins = {
        path: origin
        for path, origin in base.origins.items()
        if not any(path[:length] in replaced for length in range(1, len(path) + 1))
    }
    return Document(tables, {**origins, **over.origins}, over.file, over.included)


def _without_rivals(lower: Mapping[str, Any], upper: Mapping[str, Any], path: KeyPath) -> dict[str, Any]:
    """The lower table without what the upper one chooses something else for."""
    sources, companions = _RIVALS.get(path, ((), ()))
    chosen = [key for key in sources if key in upper]
    if not chosen:
        return dict(lower)
    gone = {key for key in (*sources, *companions) if key not in chosen}
    if path == ("prices",) and "file" in chosen:
        gone |= {"start", "step"}
    return {key: value for key, value in lower.items() if key not in gone}


# Files


def read_document(path: str | Path) -> Document:
    """Read a TOML file, and what it includes below it.

    Raises
    ------
    ScenarioError
        One line with file and line.
    """
    return _Reader().read(Path(path), ())


class _Reader:
    """Reads files that include each other, and counts them."""

    def __init__(self) -> None:
        self._count = 0

    def read(self, path: Path, trail: tuple[str, ...]) -> Document:
        self._count += 1
        own = _parsed(path, _text_of(path))
        included = own.tables.get("include")
        if included is None:
            return own
        is_array = isinstance(included, list)
        document: Document | None = None
        files: list[Path] = []
        for index, name in enumerate(included if is_array else [included]):
            key: KeyPath = ("include", index) if is_array else ("include",)
            base = self._included(own, name, key, (*trail, os.path.realpath(path)))
            files += [one for one in (base.file, *base.included) if one is not None]
            document = base if document is None else overlaid(document, base)
        top = own.without("include")
        return top if document is None else replace(overlaid(document, top), included=tuple(files))

    def _included(self, own: Document, name: Any, key: KeyPath, trail: tuple[str, ...]) -> Document:
        assert own.file is not None  # it was read
        if not isinstance(name, str) or not name or not name.isprintable():
            raise own.error(f"expected the path of a scenario file, found {shown(name)}", *key)
        path = own.file.parent / name
        if os.path.realpath(path) in trail:
            raise own.error(f"expected no circle, found {name!r}, which includes this file", *key)
        if self._count >= _MOST_FILES:
            raise own.error(f"expected at most {_MOST_FILES} files that include each other", *key)
        if not path.is_file():
            found = "a directory" if path.is_dir() else "no such file"
            raise own.error(f"expected the path of a scenario file, found {found}: {path}", *key)
        return moved(self.read(path, trail), own.file.parent)


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ScenarioError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise ScenarioError(f"{path}: expected a scenario file, found a directory") from None
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ScenarioError(
            f"{path}:{line}: expected UTF-8 text, found the byte 0x{content[error.start]:02x}"
        ) from None


def _parsed(path: Path, text: str) -> Document:
    try:
        tables = tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        raise ScenarioError(f"{path}: nested too deeply") from None
    except ValueError as error:
        raise ScenarioError(_syntax_message(path, text, str(error))) from None
    origins = {key: Origin(path, line, key) for key, line in key_lines(text).items()}
    return Document(tables, origins, path)


def _syntax_message(path: Path, text: str, message: str) -> str:
    position = _TOML_POSITION.search(message)
    if position is None:
        return f"{path}: not TOML: {message.splitlines()[0]}"
    line = position.group(1) or text.count("\n") + 1
    return f"{path}:{line}: not TOML: {_TOML_POSITION.sub('', message).splitlines()[0]}"


def moved(document: Document, folder: Path) -> Document:
    """The same document for a file in another folder: what it names beside itself is found from there."""
    assert document.file is not None  # it was read
    old = document.file.parent
    if os.path.realpath(old) == os.path.realpath(folder):
        return document

    def seen(text: Any, *, must_exist: bool) -> Any:
        if not isinstance(text, str) or Path(text).is_absolute():
            return text
        if must_exist and not any((old / name).is_file() for name in (text, f"{text}.vy")):
            return text  # a packaged source
        return os.path.relpath(old / text, folder)

    def with_file(section: Mapping[str, Any]) -> dict[str, Any]:
        named = {"file": seen(section["file"], must_exist=False)} if "file" in section else {}
        return {**section, **named}

    def table(tables: Any) -> Any:
        if not isinstance(tables, Mapping):
            return tables
        found = dict(tables)
        for key in ("prices", "gas"):
            if isinstance(section := found.get(key), Mapping):
                found[key] = with_file(section)
                if isinstance(inner := section.get("bootstrap"), Mapping):
                    found[key]["bootstrap"] = with_file(inner)
        if isinstance(parts := found.get("contracts"), Mapping):
            found["contracts"] = {key: contract(value) for key, value in parts.items()}
        return found

    def contract(value: Any) -> Any:
        if isinstance(value, list):
            return [
                {**one, "source": seen(one["source"], must_exist=True)}
                if isinstance(one, Mapping) and "source" in one
                else one
                for one in value
            ]
        return seen(value, must_exist=True)

    tables = table(document.tables)
    if isinstance(axes := tables.get("variants"), Mapping):
        tables["variants"] = {
            axis: {name: table(over) for name, over in names.items()} if isinstance(names, Mapping) else names
            for axis, names in axes.items()
        }
    return replace(document, tables=tables)
