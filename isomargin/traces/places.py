"""From program counters to lines of Vyper: where a frame failed, and through which functions it had come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from isomargin.chain import CallFrame
from isomargin.contracts import CompiledContract, contracts_root
from isomargin.errors import CompileError
from isomargin.traces.source_outline import Outline, creation_map, outline_of

__all__ = ["Place", "check_of", "places_of"]

_JUMP, _JUMPDEST = 0x56, 0x5B
_PUSH0, _PUSH1, _PUSH32 = 0x5F, 0x60, 0x7F
_ENDS = frozenset({0x00, _JUMP, 0xF3, 0xFD, 0xFE})  # behind one of these begins another block
_SHARED = bytes.fromhex("5b5f80fd")  # the block that every check without a reason jumps to

_LONGEST = 160  # characters of a statement

_CHECKS = {
    "safeadd": "addition overflows",
    "safesub": "subtraction overflows",
    "safemul": "multiplication overflows",
    "safediv": "division by zero",
    "safemod": "modulo by zero",
}
_OWN_WORDS = frozenset(
    {
        "user revert with reason",
        "user raise",
        "user assert",
        "assert unreachable",
        "raise unreachable",
        "external call failed",
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a source.

    Attributes
    ----------
    path : str
        As a reader finds it: packaged sources as ``contracts/...``, others from the working directory.
    line : int
        Where the statement begins.
    function : str
        In which it stands.
    text : str
        The statement, on one line; of an `if` or `for` its head.
    check : str
        The check of the compiler's own that failed here; empty if it was none.
    """

    path: str
    line: int
    function: str
    text: str
    check: str = ""

    def __str__(self) -> str:
        check = f" ({self.check})" if self.check else ""
        return f"{self.path}:{self.line}: {self.text}{check}"


def places_of(frame: CallFrame, contract: CompiledContract) -> tuple[Place, ...]:
    """Return where a frame ended, then the calls of internal functions that led there, the innermost first.

    Empty if the compiler named no line, or the sources cannot be had.

    Parameters
    ----------
    contract : CompiledContract
        What its code was compiled from.
    """
    if frame.stop is None:
        return ()
    try:
        outline = outline_of(contract)
        if outline is None:
            return ()
        is_creation = frame.kind == "create"
        map_ = creation_map(contract) if is_creation else contract.source_map_runtime
    except CompileError:
        return ()
    reader = _Reader(contract.init_code if is_creation else contract.runtime_code, map_, outline)
    counters = [_deciding(frame), *reversed(frame.stop.callers)]
    found = [reader.place(counter) for counter in counters]
    if found[0] is not None and not frame.reason:
        found[0] = replace(found[0], check=reader.check(counters[0], found[0]))
    return tuple(place for place in found if place is not None)


def check_of(frame: CallFrame, contract: CompiledContract) -> str:
    """Return which check of the compiler's own ended a frame, be it on a line or on none; else nothing."""
    if frame.stop is None or frame.kind == "create":
        return ""
    return _check(contract.source_map_runtime, _deciding(frame))


def _check(map_: Mapping[str, Any], counter: int) -> str:
    message = map_.get("error_map", {}).get(str(counter), "")
    return "" if message in _OWN_WORDS else _CHECKS.get(message, message)


def _deciding(frame: CallFrame) -> int:
    """Return the counter that says why: the jump into the block of all failed checks, else the last one."""
    assert frame.stop is not None
    counter, jump = frame.stop.counter, frame.stop.jumped_from
    is_shared = frame.code[max(0, counter - 3) : counter + 1] == _SHARED
    return jump if is_shared and jump is not None else counter


@dataclass(frozen=True)
class _Reader:
    """Reads one code by its source map."""

    code: bytes
    map_: Mapping[str, Any]
    outline: Outline

    def place(self, counter: int) -> Place | None:
        """Return the line of an instruction."""
        named = self._named(counter)
        if named is None:
            return None
        source, line = named
        statement, file = self.outline.at(source, line), self.outline.files.get(source)
        if statement is None or file is None:
            return None
        text = _text(file, statement.first, statement.head)
        return Place(_shown(file), statement.first, statement.function, text)

    def check(self, counter: int, place: Place) -> str:
        """Return which check of the compiler failed; that of the lock is the one without a name."""
        named = _check(self.map_, counter)
        is_head = place.text.startswith("def ") and str(counter) not in self.map_["error_map"]
        return "reentrancy lock" if is_head else named

    def _named(self, counter: int) -> tuple[int, int] | None:
        """Return source and line of the instruction, or of the nearest before it in its block.

        What pushes the reason and reverts with it carries no node; the assertion above it does.
        """
        previous = _previous(self.code)
        at: int | None = counter
        while at is not None:
            if (node := self.map_["pc_ast_map"].get(str(at))) is not None:
                return node[0], self.map_["pc_pos_map"][str(at)][0]
            if self.code[at] == _JUMPDEST:
                return None
            at = previous.get(at)
            if at is not None and self.code[at] in _ENDS:
                return None
        return None


@lru_cache(maxsize=32)
def _previous(code: bytes) -> Mapping[int, int]:
    """The instruction before each instruction."""
    previous, counter, before = {}, 0, None
    while counter < len(code):
        if before is not None:
            previous[counter] = before
        before, opcode = counter, code[counter]
        counter += 1 + (opcode - _PUSH0 if _PUSH1 <= opcode <= _PUSH32 else 0)
    return previous


def _text(file: Path, first: int, last: int) -> str:
    try:
        lines = file.read_text().splitlines()[first - 1 : max(first, last)]
    except (OSError, UnicodeDecodeError):
        return ""
    text = " ".join(part for line in lines if (part := _code(line)))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def _code(line: str) -> str:
    """Return a line without indentation, and without a comment that follows two spaces."""
    return line.split("  #", maxsplit=1)[0].strip() if not line.lstrip().startswith("#") else ""


def _shown(file: Path) -> str:
    root = contracts_root()
    if file.is_relative_to(root):
        return f"contracts/{file.relative_to(root).as_posix()}"
    parts = file.parts
    if "site-packages" in parts:
        return "/".join(parts[len(parts) - parts[::-1].index("site-packages") :])
    here = Path.cwd()
    return file.relative_to(here).as_posix() if file.is_relative_to(here) else str(file)
