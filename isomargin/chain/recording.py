"""What ran: the program counters that an engine executed, by contract, kept and saved for `coverage`."""

from __future__ import annotations

import atexit
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

__all__ = [
    "VARIABLE",
    "CodeHits",
    "Recording",
    "active_recording",
    "hits_from_json",
    "note_contract",
    "recording",
]

VARIABLE = "ISOMARGIN_COVERAGE"
"""Environment variable that names the directory to save into; unset or empty: nothing is recorded."""

_FORMAT = 1
_PROXY = bytes.fromhex("363d3d373d3d3d363d73")  # how an EIP-1167 clone begins
_BLUEPRINT = b"\xfe\x71"


@dataclass(eq=False, slots=True)
class CodeHits:
    """What was executed of one code.

    Attributes
    ----------
    executed : bytearray
        1 at each program counter that was executed.
    jumped, passed : set of int
        Program counters of each JUMPI that jumped, and of each that went on below.
    """

    executed: bytearray = field(default_factory=bytearray)
    jumped: set[int] = field(default_factory=set)
    passed: set[int] = field(default_factory=set)

    def add(self, other: CodeHits) -> None:
        """Take over what `other` has executed."""
        for counter, hit in enumerate(other.executed[: len(self.executed)]):
            if hit:
                self.executed[counter] = 1
        self.jumped |= other.jumped
        self.passed |= other.passed

    def as_json(self) -> dict[str, list[int]]:
        """Return sorted lists of program counters."""
        return {
            "executed": [counter for counter, hit in enumerate(self.executed) if hit],
            "jumped": sorted(self.jumped),
            "passed": sorted(self.passed),
        }


@dataclass(eq=False)
class _Known:
    """One compiled contract, its sources (several where copies of a source compile alike), and its hits."""

    name: str
    init_code: bytes
    runtime_code: bytes
    origins: list[dict[str, Any]]
    init: CodeHits
    runtime: CodeHits


class Recording:
    """Collects what engines execute, and knows the compiled contracts that the code belongs to.

    A deployed code is recognised by its beginning: what a constructor appends (immutables) and what
    follows creation code (arguments) differ from deployment to deployment, the instructions do not.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, _Known] = {}
        self._frames: dict[bytes, CodeHits] = {}
        self._strangers: dict[bytes, CodeHits] = {}
        self._creating: set[bytes] = set()  # of the strangers those that ran once, to create a contract
        self._files: dict[int, Path] = {}  # by process: a fork must not overwrite its parent's

    def note(self, contract: Any) -> None:
        """Make a compiled contract known; without a source on disk it cannot be shown and is passed over."""
        source = getattr(contract, "source", None)
        if source is None or not contract.runtime_code:
            return
        origin = {
            "source": str(source),
            "optimize": contract.optimize,
            "search_paths": [str(place) for place in contract.search_paths],
        }
        known = self._known.get(contract.init_code)
        if known is None:
            known = self._known[contract.init_code] = _Known(
                contract.name,
                contract.init_code,
                contract.runtime_code,
                [],
                CodeHits(bytearray(len(contract.init_code))),
                CodeHits(bytearray(len(contract.runtime_code))),
            )
        if origin not in known.origins:
            known.origins.append(origin)

    def frame(self, code: bytes, *, is_creation: bool = False) -> CodeHits:
        """Return where to note what is executed of `code`, creation code or runtime code."""
        hits = self._frames.get(code)
        if hits is None:
            hits = self._owner(code)
            if hits is None:
                hits = self._strangers[code] = CodeHits(bytearray(len(code)))
                if is_creation:
                    self._creating.add(code)
            if len(hits.executed) < len(code):  # immutables and arguments, should they ever be run
                hits.executed.extend(bytes(len(code) - len(hits.executed)))
            self._frames[code] = hits
        return hits

    def _owner(self, code: bytes) -> CodeHits | None:
        best: tuple[int, CodeHits | None] = (0, None)
        for known in self._known.values():
            for own, hits in ((known.init_code, known.init), (known.runtime_code, known.runtime)):
                if len(own) > best[0] and code.startswith(own):
                    best = (len(own), hits)
        return best[1]

    def _settle(self) -> None:
        """Give code that ran before its contract was known to that contract."""
        for code, hits in list(self._strangers.items()):
            if (owner := self._owner(code)) is not None:
                owner.add(hits)
                self._frames[code] = owner
                del self._strangers[code]

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        self._settle()
        return {
            "format": _FORMAT,
            "contracts": [
                {
                    "name": known.name,
                    "init_code": known.init_code.hex(),
                    "runtime_code": known.runtime_code.hex(),
                    "origins": known.origins,
                    "init": known.init.as_json(),
                    "runtime": known.runtime.as_json(),
                }
                for known in self._known.values()
            ],
            "unknown": sum(
                1
                for code in self._strangers.keys() - self._creating
                if code and not code.startswith((_PROXY, _BLUEPRINT))
            ),
        }

    def save(self, directory: Path) -> Path | None:
        """Write ``<process id>.json``, over what this process saved before. None: nothing ran."""
        if not self._known and not self._strangers:
            return None
        process = os.getpid()
        text = json.dumps(self.as_json(), separators=(",", ":"))
        directory.mkdir(parents=True, exist_ok=True)
        if process not in self._files:
            self._files[process] = _new_file(directory, process)
        file = self._files[process]
        draft = file.with_suffix(".draft")
        draft.write_text(text)
        draft.replace(file)
        return file


def _new_file(directory: Path, process: int) -> Path:
    """Claim a name that no other process has: ids come round again."""
    number = 1
    while True:
        file = directory / (f"{process}.json" if number == 1 else f"{process}-{number}.json")
        try:
            file.touch(exist_ok=False)
        except FileExistsError:
            number += 1
        else:
            return file


_chosen: list[Recording] = []  # by `recording`, the innermost last
_of_directory: dict[str, Recording] = {}


@contextmanager
def recording(into: Recording | None = None) -> Iterator[Recording]:
    """Record what every `Chain` made inside the block executes, also what it executes afterwards."""
    chosen = Recording() if into is None else into
    _chosen.append(chosen)
    try:
        yield chosen
    finally:
        _chosen.remove(chosen)


def active_recording() -> Recording | None:
    """Return what a new engine reports to: the innermost `recording`, else the environment's, else None."""
    if _chosen:
        return _chosen[-1]
    if not (name := os.environ.get(VARIABLE)):
        return None
    if name not in _of_directory:
        kept = _of_directory[name] = Recording()
        directory = Path(name).absolute()  # now: the working directory may change before the end
        atexit.register(kept.save, directory)
        Finalize(None, kept.save, args=(directory,), exitpriority=1)  # workers of a pool run no atexit
    return _of_directory[name]


def note_contract(contract: Any) -> None:
    """Tell the active recording, if there is one, of a compiled contract about to be deployed or used."""
    if (active := active_recording()) is not None:
        active.note(contract)


def hits_from_json(content: dict[str, Sequence[int]], size: int) -> CodeHits:
    """Read what `CodeHits.as_json` wrote, for a code of `size` bytes."""
    hits = CodeHits(bytearray(size), set(content["jumped"]), set(content["passed"]))
    for counter in content["executed"]:
        if counter < size:
            hits.executed[counter] = 1
    return hits
