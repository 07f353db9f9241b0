"""What the compiler knows of a recorded contract: syntax trees and source maps, kept on disk between reports."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from isomargin.contracts import cache_directory, compiler_outputs
from isomargin.coverage.syntax import Node

__all__ = ["Compilation", "compile_recorded"]

_FORMAT = 1
_FORMATS = ("bytecode", "bytecode_runtime", "source_map", "source_map_runtime", "annotated_ast_dict")
_UNUSED = frozenset({"type", "folded_value", "variable_reads", "variable_writes", "src", "doc_string", "settings"})


@dataclass(frozen=True, eq=False)
class Compilation:
    """One contract compiled for a report; codes and the node of each of their program counters."""

    init_code: bytes
    runtime_code: bytes
    init_nodes: Mapping[int, Node]
    runtime_nodes: Mapping[int, Node]
    trees: Sequence[Mapping[str, Any]]

    @property
    def constructor_code(self) -> bytes:
        """The creation code before the runtime code that it carries."""
        return self.init_code[: self.init_code.find(self.runtime_code)]


def compile_recorded(source: Path, optimize: str, search_paths: Sequence[Path]) -> Compilation:
    """Compile `source` as it is now, or read what that gave before.

    Raises
    ------
    CompileError
        If it does not compile.
    """
    asked = [_FORMAT, metadata.version("vyper"), str(source), optimize, [str(place) for place in search_paths]]
    entry = cache_directory() / "coverage" / f"{hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]}.json"
    contents = _read(entry)
    if contents is None:
        outputs = compiler_outputs(source, _FORMATS, optimize=optimize, search_paths=search_paths)
        trees = outputs["annotated_ast_dict"]
        contents = {
            "init_code": outputs["bytecode"].removeprefix("0x"),
            "runtime_code": outputs["bytecode_runtime"].removeprefix("0x"),
            "init_nodes": outputs["source_map"]["pc_ast_map"],
            "runtime_nodes": outputs["source_map_runtime"]["pc_ast_map"],
            "trees": [_pruned(tree) for tree in (trees["ast"], *trees["imports"])],
        }
        _write(entry, contents)
    return Compilation(
        bytes.fromhex(contents["init_code"]),
        bytes.fromhex(contents["runtime_code"]),
        _nodes(contents["init_nodes"]),
        _nodes(contents["runtime_nodes"]),
        contents["trees"],
    )


def _nodes(content: Mapping[str, Sequence[int]]) -> dict[int, Node]:
    return {int(counter): (source, node) for counter, (source, node) in content.items()}


def _pruned(value: Any) -> Any:
    """Leave out types and the like, which are most of a tree."""
    if isinstance(value, dict):
        return {key: _pruned(item) for key, item in value.items() if key not in _UNUSED}
    return [_pruned(item) for item in value] if isinstance(value, list) else value


def _read(entry: Path) -> dict[str, Any] | None:
    """Return an entry whose sources still read the same: a moved comment moves lines and leaves the code."""
    try:
        contents: dict[str, Any] = json.loads(entry.read_text())
        for tree in contents["trees"]:
            text = Path(tree["resolved_path"]).read_text()
            if hashlib.sha256(text.encode()).hexdigest() != tree["source_sha256sum"]:
                return None
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return contents


def _write(entry: Path, contents: Mapping[str, Any]) -> None:
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=entry.parent, suffix=".draft")
        with os.fdopen(handle, "w") as file:
            json.dump(contents, file, separators=(",", ":"))
        Path(draft).replace(entry)
    except OSError:
        pass  # a cache that cannot be written costs time, not the report
