"""Reads what processes have recorded, and puts together what belongs to one contract."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isomargin.chain.recording import CodeHits, hits_from_json
from isomargin.errors import InputError

__all__ = ["ContractRecord", "Origin", "Records", "merge_records", "read_records"]

_FORMAT = 1
_NAME = re.compile(r"\d+(-\d+)?\.json")


@dataclass(frozen=True)
class Origin:
    """How a contract was compiled."""

    source: Path
    optimize: str
    search_paths: tuple[Path, ...]


@dataclass(eq=False)
class ContractRecord:
    """What all processes executed of one contract; `origins` are copies of a source that compile alike."""

    name: str
    init_code: bytes
    runtime_code: bytes
    origins: list[Origin]
    init: CodeHits
    runtime: CodeHits


@dataclass(eq=False)
class Records:
    """All contracts; `unknown` is how many codes ran that no known contract compiles to."""

    contracts: list[ContractRecord]
    unknown: int


def read_records(directory: Path) -> Records:
    """Read every recording in a directory.

    Raises
    ------
    InputError
        If there is none, or one that cannot be read.
    """
    if not directory.is_dir():
        raise InputError(f"{directory}: expected a directory of recordings, found none")
    files = sorted(file for file in directory.iterdir() if _NAME.fullmatch(file.name))
    contents = [_content(file) for file in files if file.stat().st_size]  # empty: of a process that died
    if not contents:
        raise InputError(f"{directory}: no recordings; run the tests with ISOMARGIN_COVERAGE={directory}")
    return merge_records(contents)


def _content(file: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(file.read_text())
        if not isinstance(content, dict) or content["format"] != _FORMAT:
            raise InputError(f"{file}: expected a recording of format {_FORMAT}")
        merge_records([content])
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(f"{file}: not a recording ({type(error).__name__}: {error})") from None
    return content


def merge_records(contents: Iterable[Mapping[str, Any]]) -> Records:
    """Add up recordings in the form of `isomargin.chain.recording.Recording.as_json`."""
    merged: dict[str, ContractRecord] = {}
    unknown = 0
    for content in contents:
        unknown += content["unknown"]
        for item in content["contracts"]:
            one = _record(item)
            known = merged.setdefault(item["init_code"], one)
            if known is not one:
                known.init.add(one.init)
                known.runtime.add(one.runtime)
                known.origins += [origin for origin in one.origins if origin not in known.origins]
    return Records(list(merged.values()), unknown)


def _record(item: Mapping[str, Any]) -> ContractRecord:
    init_code, runtime_code = bytes.fromhex(item["init_code"]), bytes.fromhex(item["runtime_code"])
    return ContractRecord(
        item["name"],
        init_code,
        runtime_code,
        [
            Origin(
                Path(origin["source"]),
                str(origin["optimize"]),
                tuple(Path(place) for place in origin["search_paths"]),
            )
            for origin in item["origins"]
        ],
        hits_from_json(item["init"], len(init_code)),
        hits_from_json(item["runtime"], len(runtime_code)),
    )
