"""Contracts broken on purpose: copies of the sources in which a line or two read differently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from isomargin.contracts import cache_directory, contracts_root
from isomargin.protocol import Sources

__all__ = ["KINDS", "LIVES", "TOKEN", "Mutant", "Patch", "broken_sources", "mutant", "sources_of"]

KINDS = ("money", "rounding", "access", "ordering", "oracle", "aggregate")
"""Classes of faults."""

LIVES = ("watched", "tried", "called back")
"""What it takes to see a fault: a life, one in which things are tried besides, a token that calls back."""


TOKEN = (
    "testing/snekmate/tokens/erc20.vy"  # the library beside the token, where its import is looked for first
)


@dataclass(frozen=True)
class Patch:
    """One place of one source; what is replaced must be there exactly once."""

    file: str
    found: str
    instead: str


@dataclass(frozen=True)
class Mutant:
    """A broken system, what is wrong with it, and the invariant that has to notice.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    life : str
        One of `LIVES`.
    """

    invariant: str
    fault: str
    patches: tuple[Patch, ...]
    kind: str = "money"
    life: str = "watched"


def mutant(
    invariant: str, fault: str, *patches: tuple[str, str, str], kind: str = "money", life: str = "watched"
) -> Mutant:
    """Write a mutant down; a patch is file, what is found there, and what shall be there instead."""
    return Mutant(invariant, fault, tuple(Patch(*patch) for patch in patches), kind, life)


def broken_sources(mutant: Mutant, root: Path) -> Sources:
    """Copy the contracts to `root`, break the copy, and return sources of which the broken ones are its.

    A file that is there already and reads as it should is not touched.
    """
    for file, text in _broken_tree(mutant).items():
        copy = root / file
        if not copy.is_file() or copy.read_text() != text:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text)
    broken = {_deployable_with(patch.file) for patch in mutant.patches}
    return replace(Sources(), **{part: root / str(getattr(Sources(), part)) for part in broken})


def sources_of(broken: Mutant) -> Sources:
    """Write the broken copy to where the compile cache knows it again, and return the sources."""
    checkout = sha256(str(contracts_root()).encode()).hexdigest()[:16]
    return broken_sources(broken, cache_directory() / "mutants" / checkout / broken.fault.replace(" ", "-"))


def _broken_tree(mutant: Mutant) -> dict[str, str]:
    tree = _texts_below(contracts_root())
    if any(patch.file == TOKEN for patch in mutant.patches):
        spec = find_spec("snekmate")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        library = _texts_below(Path(spec.submodule_search_locations[0]))
        tree |= {f"testing/snekmate/{file}": text for file, text in library.items()}
    for patch in mutant.patches:
        times = tree[patch.file].count(patch.found)
        assert times == 1, f"{patch.file} has {times} times: {patch.found}"
        tree[patch.file] = tree[patch.file].replace(patch.found, patch.instead)
    return tree


def _texts_below(folder: Path) -> dict[str, str]:
    files = [*folder.rglob("*.vy"), *folder.rglob("*.vyi")]
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


def _deployable_with(file: str) -> str:
    """The part of a system that is compiled from a file; one of them is enough to break it."""
    special = {
        TOKEN: "token",
        "market/LiquidationPlanner.vy": "planner",
        "custody/PositionVault.vy": "vault",
        "risk/policies/TargetHealth.vy": "target_health",
        "oracle/PriceFeed.vy": "feed",
    }
    whole = {
        "market": "market",
        "custody": "pool",
        "risk": "risk_engine",
        "oracle": "oracle",
        "periphery": "trigger_orders",
    }
    return special.get(file) or whole[file.partition("/")[0]]
