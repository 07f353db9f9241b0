"""The packaged contracts with some lines changed: what another line would do, without a copy of the rest."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path

from isomargin.contracts import cache_directory, contracts_root
from isomargin.errors import CompileError
from isomargin.protocol.terms import Sources

__all__ = ["altered_sources"]

_IMPORT = re.compile(r"^from [\w.]+ import (\w+)$", re.MULTILINE)


def altered_sources(sources: Sources, changes: Sequence[tuple[str, str]]) -> Sources:
    """Return sources in which every packaged part that is compiled from a changed file is replaced.

    A user's own file is left as it is. The changed copy of all the contracts is kept below the cache; a file
    there that reads as it should is not touched, so that what was compiled of it stays valid.

    Parameters
    ----------
    sources : Sources
    changes : sequence of (str, str)
        A text that stands in exactly one place of all the packaged contracts, and what is put there instead.

    Raises
    ------
    CompileError
        If a text stands in no place or in several, or no part is compiled from its file.
    """
    tree = _tree(contracts_root())
    changed = {_change(tree, text, instead) for text, instead in changes}
    affected = _with_importers(changed, tree)
    named = {part.name: getattr(sources, part.name) for part in fields(sources)}
    parts = {part: f"{name.removesuffix('.vy')}.vy" for part, name in named.items() if isinstance(name, str)}
    folder = _write(tree, changes)
    altered = {part: folder / file for part, file in parts.items() if file in affected}
    if not altered:
        raise CompileError(f"no part of the system is compiled from {', '.join(sorted(changed))}")
    return replace(sources, **altered)


def _tree(root: Path) -> dict[str, str]:
    files = [*root.rglob("*.vy"), *root.rglob("*.vyi")]
    return {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in files}


def _change(tree: dict[str, str], text: str, instead: str) -> str:
    """Change the one file that holds a text; returns its name."""
    places = {file: content.count(text) for file, content in tree.items() if text in content}
    if not text or sum(places.values()) != 1:
        found = ", ".join(sorted(places)) if text and places else "none"
        raise CompileError(
            f"expected a text that stands in one place of the contracts, found {found}: {text!r}"
        )
    (file,) = places
    tree[file] = tree[file].replace(text, instead)
    return file


def _with_importers(changed: set[str], tree: dict[str, str]) -> set[str]:
    """The changed files and all that import them, however far away."""
    affected = set(changed)
    while True:
        names = {Path(file).stem for file in affected}
        importers = {file for file, text in tree.items() if names & set(_IMPORT.findall(text))}
        if importers <= affected:
            return affected
        affected |= importers


def _write(tree: dict[str, str], changes: Sequence[tuple[str, str]]) -> Path:
    """Write all files that do not read so already, each at once: another process may be compiling them."""
    key = sha256(repr((str(contracts_root()), tuple(changes))).encode()).hexdigest()[:32]
    folder = cache_directory() / "altered" / key
    for file, text in tree.items():
        copy = folder / file
        if copy.is_file() and copy.read_text(encoding="utf-8") == text:
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=copy.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).replace(copy)
    return folder
