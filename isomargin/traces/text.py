"""Call traces as text: one line a call, one line an event, and where it failed the lines of the source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from isomargin.chain import CallFrame, Log
from isomargin.traces.clones import clone_target, cloned_by
from isomargin.traces.directory import Directory
from isomargin.traces.interface import Interface, ReadCall
from isomargin.traces.places import Place, check_of, places_of
from isomargin.traces.values import number_text, value_text, values_text

__all__ = ["Line", "failure_places", "trace_lines", "trace_text"]

_INDENT = "  "
_WORDS = {"call": "", "staticcall": "static ", "delegatecall": "delegate ", "callcode": "callcode "}
_NEW_BEFORE = "new "


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a trace.

    Attributes
    ----------
    depth : int
        How far it is indented.
    kind : str
        ``call``, ``static`` for a call that may change nothing, ``failed`` for one that failed; ``event``,
        ``undone`` for an event that was taken back; ``place`` for a line of a source.
    """

    depth: int
    kind: Literal["call", "static", "failed", "event", "undone", "place"]
    text: str

    def __str__(self) -> str:
        return f"{_INDENT * self.depth}{self.text}"


def trace_text(frame: CallFrame, directory: Directory, *, depth: int | None = None) -> str:
    """Write a trace as text, a newline behind each line.

    Parameters
    ----------
    frame : CallFrame
        As `Chain.call_trace` gives it.
    directory : Directory
        Who is who.
    depth : int, optional
        Show calls down to this depth, and deeper only those that failed; default is all.
    """
    return "".join(f"{line}\n" for line in trace_lines(frame, directory, depth=depth))


def trace_lines(frame: CallFrame, directory: Directory, *, depth: int | None = None) -> Iterator[Line]:
    """Return the lines of a trace; parameters as in `trace_text`."""
    yield from _Writer(directory, depth).lines(frame, 0)


def failure_places(frame: CallFrame, directory: Directory) -> tuple[Place, ...]:
    """Return the lines at which a transaction failed: where it began, then the calls that led there.

    Those of the innermost contract come first, then the lines at which others had called it. Empty if it
    succeeded, or no source is known.
    """
    path = []
    while not frame.success:
        path.append(frame)
        origin = frame.origin()
        if origin is frame:
            break
        last = frame.steps[-1]
        assert isinstance(last, CallFrame)
        frame = last
    return tuple(place for one in reversed(path) for place in _places(one, directory))


def _places(frame: CallFrame, directory: Directory) -> tuple[Place, ...]:
    source = directory.source(frame)
    return () if source is None else places_of(frame, source)


class _Writer:
    def __init__(self, directory: Directory, most: int | None) -> None:
        self._directory, self._most = directory, most

    def lines(self, frame: CallFrame, depth: int) -> Iterator[Line]:
        """The frame's own line, what it did, and where it failed."""
        inner = clone_target(frame) or frame  # a clone is shown as the contract that it stands for
        interface = self._directory.interface(inner)
        yield self._head(frame, inner, interface, depth)
        for step in inner.steps:
            if isinstance(step, Log):
                if self._is_shown(depth + 1):
                    yield self._event(step, interface, depth + 1)
            elif self._is_shown(depth + 1) or not step.success:
                yield from self.lines(step, depth + 1)
        if not frame.success:
            yield from self._where(inner, depth + 1)

    def _is_shown(self, depth: int) -> bool:
        return self._most is None or depth <= self._most

    def _head(self, frame: CallFrame, inner: CallFrame, interface: Interface | None, depth: int) -> Line:
        sender = f"{self._directory.name(frame.sender)}: " if depth == 0 else ""
        value = f" with {number_text(frame.value)} wei" if frame.value and not _is_borrowed(frame) else ""
        if frame.kind == "create":
            call, results = self._creation(frame, interface), ""
        else:
            read = interface.read_call(frame.data) if interface is not None and frame.data else None
            call = f"{_WORDS[frame.kind]}{self._target(frame, inner)}{self._call(frame, read)}"
            results = self._results(frame, read)
        text = f"{sender}{call}{value}{results} [{frame.gas_used:_} gas]"
        if not frame.success:
            return Line(depth, "failed", f"{text} {self._ending(frame)}")
        return Line(depth, "static" if frame.kind == "staticcall" else "call", text)

    def _target(self, frame: CallFrame, inner: CallFrame) -> str:
        """The name of the address; the contract as well, where the name does not tell."""
        compiled = self._directory.compiled(inner)
        where = frame.code_address if _is_borrowed(frame) else frame.address
        if compiled is None or self._directory.knows(where):
            return self._directory.name(where)
        return f"{compiled.name}({where})"

    def _call(self, frame: CallFrame, read: ReadCall | None) -> str:
        if read is not None:
            return f".{read.function}({values_text(read.arguments, self._directory.name)})"
        if not frame.data or not frame.code:
            return f"({_shortened(frame.data)})" if frame.data else ""
        return f".0x{frame.data[:4].hex()}({_shortened(frame.data[4:])})"

    def _results(self, frame: CallFrame, read: ReadCall | None) -> str:
        if not frame.success or not frame.output:
            return ""
        results = read.read_results(frame.output) if read is not None else None
        if results is None:
            return f" -> {_shortened(frame.output)}"
        if len(results) == 1:
            return f" -> {value_text(*results[0], self._directory.name)}"
        return f" -> ({values_text(results, self._directory.name)})" if results else ""

    def _creation(self, frame: CallFrame, interface: Interface | None) -> str:
        """``new Name(arguments) at address``, as far as they are known."""
        compiled = self._directory.compiled(frame)
        where = f" at {self._directory.name(frame.address)}"
        if (original := cloned_by(frame)) is not None:
            return f"{_NEW_BEFORE}clone of {self._directory.name(original)}{where}"
        if compiled is None or interface is None:
            return f"{_NEW_BEFORE}contract of {len(frame.data):_} bytes{where}"
        arguments = interface.read_constructor(frame.data[len(compiled.init_code) :])
        inside = "..." if arguments is None else values_text(arguments, self._directory.name)
        return f"{_NEW_BEFORE}{compiled.name}({inside}){where}"

    def _ending(self, frame: CallFrame) -> str:
        """Why it failed: a contract's own words in quotes, the machine's without."""
        if frame.reason and not frame.output:
            return f"failed: {frame.reason}"
        interface = self._directory.interface(frame.origin())
        error = interface.read_error(frame.output) if interface is not None else None
        if error is not None:
            return f"reverted {error[0]}({values_text(error[1], self._directory.name)})"
        return f'reverted "{frame.reason}"' if frame.reason else "reverted without a reason"

    def _event(self, log: Log, interface: Interface | None, depth: int) -> Line:
        is_undone = log.log_index < 0
        read = interface.read_event(log) if interface is not None else None
        if read is None:
            topics = ", ".join(f"0x{topic.hex()}" for topic in log.topics)
            text = f"log [{topics}] {_shortened(log.data)}"
        else:
            text = f"log {read[0]}({values_text(read[1], self._directory.name)})"
        return Line(depth, "undone" if is_undone else "event", text + (" (undone)" if is_undone else ""))

    def _where(self, frame: CallFrame, depth: int) -> Iterator[Line]:
        places = _places(frame, self._directory)
        if not places and frame.stop is not None:
            source = self._directory.source(frame)
            check = check_of(frame, source) if source is not None else ""
            why = f" ({check})" if check else ""
            yield Line(depth, "place", f"at program counter {frame.stop.counter}{why}")
        for number, place in enumerate(places):
            yield Line(depth, "place", f"{'from' if number else 'at'} {place}")


def _is_borrowed(frame: CallFrame) -> bool:
    return frame.kind in ("delegatecall", "callcode")


def _shortened(data: bytes) -> str:
    if not data:
        return ""
    return f"0x{data.hex()}" if len(data) <= 64 else f"0x{data[:64].hex()}... ({len(data):_} bytes)"
