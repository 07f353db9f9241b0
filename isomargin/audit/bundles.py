"""A run as one file: its whole scenario, the files behind it, and what must come of it on any machine."""

from __future__ import annotations

import datetime
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from isomargin.audit.cases import Case
from isomargin.errors import InputError
from isomargin.record import RunRecord
from isomargin.scenario import Scenario, scenario_from
from isomargin.scenario.embedding import embedded, extract
from isomargin.simulation import simulate

__all__ = ["Replay", "bundle_path", "replay", "write_bundle"]

_FORMAT = 1
_KEYS = {
    "scenario": str,
    "engine": str,
    "seed": int,
    "versions": dict,
    "folder": str,
    "document": dict,
    "files": list,
    "expected": dict,
}
_FILE_KEYS = ("path", "sha256", "encoding", "content")


@dataclass(frozen=True)
class Replay:
    """Whether a run came out the same as in its bundle.

    Attributes
    ----------
    is_same : bool
        To the byte: every block has its hash, and the state its root.
    message : str
        The same in a sentence, with the first block that differs.
    versions : tuple of str
        What is of another version here.
    record : RunRecord
    """

    is_same: bool
    message: str
    versions: tuple[str, ...]
    record: RunRecord


def bundle_path(folder: Path, case: Case) -> Path:
    """The file of a case's bundle."""
    name = " ".join([case.scenario, *(f"{axis}={name}" for axis, name in case.choices.items())])
    return folder / f"{re.sub(r'[^A-Za-z0-9_.=-]+', '-', name)}.json"


def write_bundle(path: Path, case: Case, scenario: Scenario, record: RunRecord) -> None:
    """Put a run into a file; the same run gives the same bytes.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    folder, [document], files = embedded([scenario.document], scenario.folder)
    bundle = {
        "format": _FORMAT,
        "scenario": scenario.name,
        "file": case.file.as_posix(),
        "variant": dict(case.choices),
        "engine": record.run.engine,
        "seed": scenario.seed,
        "versions": dict(record.run.versions),
        "command": record.run.command,
        "folder": folder,
        "document": {**document, "seed": scenario.seed},
        "files": files,
        "expected": _outcome(record),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(bundle, indent=1, default=_plain) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"--bundles {path}: cannot be written: {error.strerror or error}") from None


def _outcome(record: RunRecord) -> dict[str, Any]:
    return {
        "state_root": record.summary.state_root,
        "blocks": [[row.block, row.hash, row.state_root] for row in record.blocks],
        "expectations": [
            [row.where, row.that, row.left, row.right, row.holds] for row in record.expectations
        ],
    }


def _plain(value: Any) -> Any:
    """What TOML has and JSON has not, in the words that a scenario takes as well."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} is no value of a scenario")


def replay(path: Path) -> Replay:
    """Play the run of a bundle again on the same engine, and compare.

    Raises
    ------
    InputError
        If it is no bundle, or its scenario cannot be played.
    """
    bundle = _read(path)
    try:
        with tempfile.TemporaryDirectory(prefix="isomargin-") as root:
            document, folder = extract(bundle, Path(root))
            scenario = scenario_from(document, folder=folder)
            record = simulate(scenario, engine=bundle["engine"])
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if not record.run.complete:
        raise KeyboardInterrupt
    is_same, message = _compared(bundle["expected"], record)
    here = record.run.versions
    changed = [
        f"{name} {here.get(name, 'none')} here, {version} there"
        for name, version in bundle["versions"].items()
        if here.get(name) != version
    ]
    return Replay(is_same, message, tuple(changed), record)


def _read(path: Path) -> dict[str, Any]:
    try:
        bundle = orjson.loads(path.read_bytes())  # which takes no nesting without end
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise InputError(f"{path}: expected a bundle of an audit: {str(error).splitlines()[0]}") from None
    if not isinstance(bundle, dict) or bundle.get("format") != _FORMAT:
        raise InputError(f"{path}: expected a bundle of an audit, of the format {_FORMAT}")
    for key, kind in _KEYS.items():
        if not isinstance(bundle.get(key), kind):
            raise InputError(f"{path}: {key}: expected a bundle of an audit to have it")
    if not isinstance(bundle["expected"].get("blocks"), list):
        raise InputError(f"{path}: expected.blocks: expected the blocks of the run")
    for entry in bundle["files"]:
        if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in _FILE_KEYS):
            raise InputError(f"{path}: files: expected {', '.join(_FILE_KEYS)} of each")
    return bundle


def _compared(expected: Mapping[str, Any], record: RunRecord) -> tuple[bool, str]:
    found = json.loads(json.dumps(_outcome(record)))
    wanted = expected["blocks"]
    for before, now in zip(wanted, found["blocks"], strict=False):
        if before != now:
            return False, f"differs from block {now[0]} on: hash 0x{now[1]}, expected {_hash_in(before)}"
    if len(wanted) != len(found["blocks"]):
        return False, f"has {len(found['blocks'])} blocks, expected {len(wanted)}"
    for key in ("state_root", "expectations"):
        if expected.get(key) != found[key]:
            return False, f"has the same blocks, but another {key.replace('_', ' ').rstrip('s')}"
    root = f", state root 0x{record.summary.state_root}" if record.summary.state_root else ""
    return True, f"the same to the byte: {len(wanted)} blocks{root}"


def _hash_in(row: Any) -> str:
    return f"0x{row[1]}" if isinstance(row, list) and len(row) == 3 else "another"
