"""The files that a scenario names, taken to another machine with their hashes, and written out there."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path, PurePosixPath
from typing import Any

from isomargin.contracts import source_files
from isomargin.errors import InputError
from isomargin.scenario.contracts_section import source_in

__all__ = ["Embedded", "embedded", "extract", "unpacked"]

Embedded = tuple[str, list[dict[str, Any]], list[dict[str, str]]]
"""Where the scenario stood among the files; the documents, naming them; and they."""

_Slot = tuple[Any, str | int]  # a container of the document, and the key of a text in it


def embedded(documents: Sequence[Mapping[str, Any]], folder: Path) -> Embedded:
    """Documents with the files that they name; packaged contracts, and files that are not there, left out.

    Parameters
    ----------
    documents : sequence of mapping
        Of scenarios, or of what is laid over them.
    folder : Path
        Where the paths in them start from.
    """
    copies: list[dict[str, Any]] = [deepcopy(dict(document)) for document in documents]
    folder = folder.resolve()
    files: set[Path] = set()
    for holder, key in (slot for document in copies for slot in _slots(document)):
        file = _file_of(folder, holder[key], is_data=key == "file")
        if file is None:
            continue
        holder[key] = Path(os.path.relpath(file, folder)).as_posix()
        is_vyper = file.suffix == ".vy"
        files |= {*source_files(file)} if is_vyper else {file}
    root = Path(os.path.commonpath([folder, *(file.parent for file in files)]))
    entries = [_entry(file, root) for file in sorted(files)]
    return folder.relative_to(root).as_posix(), copies, entries


def _slots(document: Mapping[str, Any]) -> Iterator[_Slot]:
    """Where a document names files."""
    for section in ("prices", "gas"):
        yield from _files_of(document.get(section))
    parts = document.get("contracts")
    if not isinstance(parts, dict):
        return
    for part, source in parts.items():
        if isinstance(source, str):
            yield parts, part
    besides = parts.get("beside")
    for beside in besides if isinstance(besides, list | tuple) else ():
        if isinstance(beside, dict) and "source" in beside:
            yield beside, "source"


def _files_of(table: Any) -> Iterator[_Slot]:
    """The `file` of a table, and those of the tables in it, such as a generator that learns of candles."""
    if not isinstance(table, dict):
        return
    if isinstance(table.get("file"), str):
        yield table, "file"
    for inner in table.values():
        yield from _files_of(inner)


def _file_of(folder: Path, text: str, *, is_data: bool) -> Path | None:
    """The file that a text means; none for a packaged contract."""
    found = folder / text if is_data else source_in(folder, text)
    return Path(found).resolve() if Path(found).is_file() else None


def _entry(file: Path, root: Path) -> dict[str, str]:
    content = file.read_bytes()
    entry = {"path": file.relative_to(root).as_posix(), "sha256": hashlib.sha256(content).hexdigest()}
    try:
        return {**entry, "encoding": "utf-8", "content": content.decode()}
    except UnicodeDecodeError:
        return {**entry, "encoding": "base64", "content": base64.b64encode(content).decode()}


def extract(bundle: Mapping[str, Any], root: Path) -> tuple[dict[str, Any], Path]:
    """Write the files of a bundle into a folder, and return its document and where that belongs.

    Raises
    ------
    InputError
        If a file is not what its hash says, or a path leads out of the folder.
    """
    folder, written = unpacked(bundle["folder"], bundle["files"], root)
    document: dict[str, Any] = bundle["document"]
    _check_names(document, folder, written)
    return document, folder


def unpacked(place: str, files: Sequence[Mapping[str, str]], root: Path) -> tuple[Path, set[Path]]:
    """Write files below a root, and return where the scenario belongs, and the files.

    Raises
    ------
    InputError
        As `extract`.
    """
    folder = root / _inner(place)
    folder.mkdir(parents=True, exist_ok=True)
    written: set[Path] = set()
    for entry in files:
        file = root / _inner(entry["path"])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_content(entry))
        written.add(file)
    return folder, written


def _inner(text: Any) -> PurePosixPath:
    path = PurePosixPath(text) if isinstance(text, str) else PurePosixPath("/")
    if path.is_absolute() or ".." in path.parts or "\\" in str(path) or ":" in str(path):
        raise InputError(f"expected a path within the bundle, found {text!r}")
    return path


def _content(entry: Mapping[str, str]) -> bytes:
    text = entry["content"]
    try:
        content = base64.b64decode(text, validate=True) if entry["encoding"] == "base64" else text.encode()
    except binascii.Error:
        raise InputError(f"{entry['path']}: expected base64") from None
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise InputError(f"{entry['path']}: its content is not what its hash says")
    return content


def _check_names(document: Mapping[str, Any], folder: Path, written: set[Path]) -> None:
    """Refuse a document that names a file of this machine rather than one of the bundle."""
    known = {Path(os.path.normpath(file)) for file in written}
    for holder, key in _slots(document):
        text = str(holder[key])
        named: Sequence[Path] = [Path(os.path.normpath(folder / one)) for one in (text, f"{text}.vy")]
        leads_away = key == "file" or Path(text).is_absolute() or ".." in PurePosixPath(text).parts
        if leads_away and not known.intersection(named):
            raise InputError(f"expected the files that it names in the bundle, found {text!r} outside")
