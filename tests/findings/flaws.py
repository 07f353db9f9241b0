"""Findings put back: the contracts with a line or two as an auditor would have found them."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from pathlib import Path

from isomargin.contracts import contracts_root
from isomargin.protocol import Sources

__all__ = ["Flaw", "flaw", "flawed_sources"]

_IMPORT = re.compile(r"^from [\w.]+ import (\w+)$", re.MULTILINE)


@dataclass(frozen=True)
class Flaw:
    """What is wrong, in words, and each text of the sources with what stands there instead."""

    fault: str
    swaps: tuple[tuple[str, str], ...]


def flaw(fault: str, *swaps: tuple[str, str]) -> Flaw:
    return Flaw(fault, swaps)


def flawed_sources(flaw: Flaw, sources: Sources, folder: Path) -> Sources:
    """Write the flawed contracts below `folder`; of `sources`, replace the parts that are compiled from them.

    Each text must stand in one place of all the contracts, whichever file that is. A file that is there
    already and reads as it should is not touched, so that the compile cache knows it.
    """
    tree = _tree(contracts_root())
    changed = set()
    for found, instead in flaw.swaps:
        holders = [file for file, text in tree.items() if found in text]
        places = sum(text.count(found) for text in tree.values())
        assert places == 1, f"{flaw.fault}: {places} places read {found!r}"
        tree[holders[0]] = tree[holders[0]].replace(found, instead)
        changed.add(holders[0])
    for file, text in tree.items():
        copy = folder / file
        if not copy.is_file() or copy.read_text() != text:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text)
    affected = _with_importers(changed, tree)
    parts = {part.name: f"{getattr(sources, part.name)}.vy" for part in fields(sources)}
    flawed = {name: folder / file for name, file in parts.items() if file in affected}
    assert flawed, f"{flaw.fault}: no part of the system is compiled from {sorted(changed)}"
    return replace(sources, **flawed)


def _tree(root: Path) -> dict[str, str]:
    files = [*root.rglob("*.vy"), *root.rglob("*.vyi")]
    return {file.relative_to(root).as_posix(): file.read_text() for file in files}


def _with_importers(changed: set[str], tree: dict[str, str]) -> set[str]:
    """The changed files and all that import them, however far away."""
    affected = set(changed)
    while True:
        names = {Path(file).stem for file in affected}
        importers = {file for file, text in tree.items() if names & set(_IMPORT.findall(text))}
        if importers <= affected:
            return affected
        affected |= importers
