"""An ABI read with the names of its parameters, so that calls, events and results can be written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from isomargin.chain import Log
from isomargin.chain.abi import decode_arguments
from isomargin.errors import ChainError

__all__ = ["Interface", "Named", "Parameter", "ReadCall"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, result or member of a struct; `kind` is the ABI's type, a struct as ``tuple``."""

    name: str
    kind: str
    members: tuple[Parameter, ...] = ()
    is_indexed: bool = False

    @property
    def canonical(self) -> str:
        """The type with structs written out, as signatures and encodings want it."""
        if not self.kind.startswith("tuple"):
            return self.kind
        return f"({','.join(member.canonical for member in self.members)}){self.kind[len('tuple') :]}"


Named = tuple[tuple[Parameter, Any], ...]
"""Parameters with their values, in order."""


@dataclass(frozen=True, slots=True)
class ReadCall:
    """A function that was called, and with what."""

    function: str
    arguments: Named
    results: tuple[Parameter, ...]

    def read_results(self, output: bytes) -> Named | None:
        """Decode what it returned; None if that is something else."""
        return _decode(self.results, output)


class Interface:
    """The functions, events, errors and constructor of one ABI.

    Parameters
    ----------
    entries : sequence of mapping
        The ABI as JSON gives it.
    """

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        self._functions: dict[bytes, tuple[str, tuple[Parameter, ...], tuple[Parameter, ...]]] = {}
        self._events: dict[bytes, tuple[str, tuple[Parameter, ...]]] = {}
        self._errors: dict[bytes, tuple[str, tuple[Parameter, ...]]] = {}
        self._constructor: tuple[Parameter, ...] = ()
        for entry in entries:
            inputs = _parameters(entry.get("inputs", ()))
            if entry["type"] == "function":
                results = _parameters(entry.get("outputs", ()))
                self._functions[_hash(entry["name"], inputs)[:4]] = entry["name"], inputs, results
            elif entry["type"] == "event" and not entry.get("anonymous", False):
                self._events[_hash(entry["name"], inputs)] = entry["name"], inputs
            elif entry["type"] == "error":
                self._errors[_hash(entry["name"], inputs)[:4]] = entry["name"], inputs
            elif entry["type"] == "constructor":
                self._constructor = inputs

    def read_call(self, data: bytes) -> ReadCall | None:
        """Read call data; None if there is no such function, or its arguments do not decode."""
        name, inputs, results = self._functions.get(data[:4], ("", (), ()))
        arguments = _decode(inputs, data[4:]) if name else None
        return None if arguments is None else ReadCall(name, arguments, results)

    def read_constructor(self, data: bytes) -> Named | None:
        """Read what follows the init code."""
        return _decode(self._constructor, data)

    def read_error(self, data: bytes) -> tuple[str, Named] | None:
        """Read revert data: the name of a custom error, and its arguments."""
        name, inputs = self._errors.get(data[:4], ("", ()))
        arguments = _decode(inputs, data[4:]) if name else None
        return None if arguments is None else (name, arguments)

    def read_event(self, log: Log) -> tuple[str, Named] | None:
        """Read a log: the name of the event, and its arguments; an indexed text or array is a hash."""
        name, inputs = self._events.get(log.topics[0], ("", ())) if log.topics else ("", ())
        plain = _decode(tuple(one for one in inputs if not one.is_indexed), log.data)
        if not name or plain is None or len(log.topics) != 1 + sum(one.is_indexed for one in inputs):
            return None
        rest, topics = iter(plain), iter(log.topics[1:])
        read: list[tuple[Parameter, Any]] = []
        for one in inputs:
            pair = _indexed(one, next(topics)) if one.is_indexed else next(rest)
            if pair is None:
                return None
            read.append(pair)
        return name, tuple(read)


def _parameters(entries: Sequence[Mapping[str, Any]]) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(
            entry.get("name", ""),
            entry["type"],
            _parameters(entry.get("components", ())),
            bool(entry.get("indexed", False)),
        )
        for entry in entries
    )


def _hash(name: str, inputs: Sequence[Parameter]) -> bytes:
    return keccak(text=f"{name}({','.join(one.canonical for one in inputs)})")


def _decode(parameters: Sequence[Parameter], data: bytes) -> Named | None:
    try:
        values = decode_arguments([one.canonical for one in parameters], data) if parameters else ()
    except ChainError:
        return None
    return tuple(zip(parameters, values, strict=True))


def _indexed(one: Parameter, topic: bytes) -> tuple[Parameter, Any] | None:
    """A topic is the value itself, but of text, bytes, arrays and structs only the hash."""
    if one.kind in ("string", "bytes") or one.kind.endswith("]") or one.members:
        return Parameter(one.name, "bytes32"), topic
    read = _decode((one,), topic)
    return None if read is None else read[0]
