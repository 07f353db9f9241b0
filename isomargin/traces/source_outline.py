"""The statements of a contract's sources, by line, and where creation code stands in them; kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from isomargin.contracts import CompiledContract, cache_directory, compiler_outputs

__all__ = ["Outline", "Statement", "creation_map", "outline_of"]

_FORMAT = 2


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, or the head of a function where `function` is its own name.

    Attributes
    ----------
    first, last : int
        Lines from its beginning to its end.
    head : int
        Last line of what is its own: of an `if` or `for` the one above its body.
    """

    first: int
    last: int
    head: int
    function: str


@dataclass(frozen=True, eq=False)
class Outline:
    """Files and statements by the compiler's number of the source, statements in their order."""

    files: Mapping[int, Path]
    statements: Mapping[int, tuple[Statement, ...]]

    def at(self, source: int, line: int) -> Statement | None:
        """Return the innermost statement on this line."""
        found = None
        for statement in self.statements.get(source, ()):
            if statement.first > line:
                break
            if line <= statement.last:
                found = statement
        return found


@lru_cache(maxsize=256)
def outline_of(contract: CompiledContract) -> Outline | None:
    """Return the outline of what was compiled, from the sources as they are now; None without them."""
    if contract.source is None:
        return None
    kept = _kept(contract, "outline", _read_outline)
    return Outline(
        {int(number): Path(file["path"]) for number, file in kept["files"].items()},
        {
            int(number): tuple(Statement(*fields) for fields in statements)
            for number, statements in kept["statements"].items()
        },
    )


@lru_cache(maxsize=64)
def creation_map(contract: CompiledContract) -> Mapping[str, Any]:
    """Return Vyper's source map of the creation code; to make it, the whole contract is compiled again."""
    found: dict[str, Any] = _kept(contract, "creation", _read_creation)["map"]
    return found


def _read_outline(contract: CompiledContract) -> dict[str, Any]:
    trees = _trees(contract)
    return {
        "files": _files(trees),
        "statements": {
            tree["source_id"]: sorted(_statements(tree)) for tree in trees if not tree["is_interface"]
        },
    }


def _read_creation(contract: CompiledContract) -> dict[str, Any]:
    outputs = _outputs(contract, "source_map", "annotated_ast_dict")
    trees = outputs["annotated_ast_dict"]
    wanted = ("pc_ast_map", "pc_pos_map", "error_map")
    return {
        "files": _files([trees["ast"], *trees["imports"]]),
        "map": {name: outputs["source_map"][name] for name in wanted},
    }


def _trees(contract: CompiledContract) -> list[dict[str, Any]]:
    found = _outputs(contract, "annotated_ast_dict")["annotated_ast_dict"]
    return [found["ast"], *found["imports"]]


def _outputs(contract: CompiledContract, *formats: str) -> dict[str, Any]:
    assert contract.source is not None
    return compiler_outputs(
        contract.source, formats, optimize=contract.optimize, search_paths=contract.search_paths
    )


def _files(trees: list[dict[str, Any]]) -> dict[int, dict[str, str]]:
    return {
        tree["source_id"]: {"path": tree["resolved_path"], "sha256": tree["source_sha256sum"]}
        for tree in trees
        if not tree["is_interface"]
    }


def _statements(tree: Mapping[str, Any]) -> Iterator[tuple[int, int, int, str]]:
    for node in tree["body"]:
        if node["ast_type"] == "FunctionDef":
            first, last = node["lineno"], node["end_lineno"]
            signature = [*node["args"]["args"], *filter(None, [node.get("returns")])]
            head = max((part["end_lineno"] for part in signature), default=first)
            yield first, last, head, node["name"]
            yield from _within(node["body"], node["name"])


def _within(block: list[dict[str, Any]], function: str) -> Iterator[tuple[int, int, int, str]]:
    for node in block:
        first, last = node["lineno"], node["end_lineno"]
        inner = node["body"] if node["ast_type"] in {"If", "For"} else []
        yield first, last, max(first, inner[0]["lineno"] - 1) if inner else last, function
        yield from _within([*inner, *node.get("orelse", ())], function)


# The cache: one file for each contract and kind, good as long as its sources read the same


def _kept(contract: CompiledContract, kind: str, read: Any) -> dict[str, Any]:
    asked = [
        _FORMAT,
        kind,
        metadata.version("vyper"),
        contract.optimize,
        str(contract.source),
        [str(place) for place in contract.search_paths],
    ]
    name = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]
    entry = cache_directory() / "traces" / f"{name}.json"
    kept = _entry(entry)
    if kept is None:
        kept = json.loads(json.dumps(read(contract)))  # as it comes back from the disk
        _write(entry, kept)
    return kept


def _entry(entry: Path) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] = json.loads(entry.read_text())
        for file in kept["files"].values():
            text = Path(file["path"]).read_text()
            if hashlib.sha256(text.encode()).hexdigest() != file["sha256"]:
                return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return kept


def _write(entry: Path, kept: Mapping[str, Any]) -> None:
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=entry.parent, suffix=".draft")
        with os.fdopen(handle, "w") as file:
            json.dump(kept, file, separators=(",", ":"))
        Path(draft).replace(entry)
    except OSError:
        pass  # a cache that cannot be written costs time, not the trace
