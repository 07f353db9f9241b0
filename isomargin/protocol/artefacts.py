"""Contracts as users bring them: a Vyper source, or the artefact of another compiler."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isomargin.contracts import CompiledContract, compile_contract
from isomargin.errors import CompileError

__all__ = ["compiled_source", "read_artefact"]


def compiled_source(source: str | Path) -> CompiledContract:
    """Compile a Vyper source, packaged or a user's, or read an artefact, whose name ends in ``.json``.

    Raises
    ------
    CompileError
        One line that names the file.
    """
    if Path(source).suffix == ".json":
        return read_artefact(Path(source))
    return compile_contract(source)


def read_artefact(path: Path) -> CompiledContract:
    """Read what Foundry writes of a contract: ``abi``, and ``bytecode`` with an ``object`` in hex.

    Hardhat's, where the bytecode is the hex itself, is understood as well.

    Raises
    ------
    CompileError
        If there is no such file, it is no artefact, or libraries are missing in its code.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CompileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise CompileError(f"{path}: not JSON: {error}") from None
    if not isinstance(document, Mapping) or not isinstance(document.get("abi"), list):
        raise CompileError(f"{path}: expected an artefact with abi and bytecode.object, found no abi")
    if not all(isinstance(entry, Mapping) and "type" in entry for entry in document["abi"]):
        raise CompileError(f"{path}: expected an ABI, found entries without a type")
    deployed = document.get("deployedBytecode")
    return CompiledContract(
        name=path.stem,
        abi=tuple(document["abi"]),
        init_code=_code(path, document.get("bytecode"), "bytecode.object"),
        runtime_code=_code(path, deployed, "deployedBytecode.object") if deployed else b"",
        method_identifiers={},
        storage_layout={},
        source_map_runtime={},
    )


def _code(path: Path, bytecode: Any, key: str) -> bytes:
    digits = bytecode.get("object") if isinstance(bytecode, Mapping) else bytecode
    if not isinstance(digits, str):
        raise CompileError(f"{path}: expected hex at {key}, found none")
    if "__" in digits:
        raise CompileError(f"{path}: {key} is not linked: a library is missing in it")
    try:
        return bytes.fromhex(digits.removeprefix("0x"))
    except ValueError:
        raise CompileError(f"{path}: expected hex at {key}") from None
