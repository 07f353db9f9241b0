"""Call data and event data of a contract's ABI, by eth_abi, and quickly where all is words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from eth_abi.codec import ABICodec
from eth_abi.decoding import AddressDecoder
from eth_abi.exceptions import DecodingError, EncodingError
from eth_abi.registry import BaseEquals, registry
from eth_utils.crypto import keccak

from isomargin.chain.abi_words import decode_struct, decode_words, encode_words
from isomargin.chain.accounts import checksum_address
from isomargin.chain.types import Event, Log
from isomargin.errors import ChainError

__all__ = ["AbiEvent", "AbiFunction", "ContractAbi", "decode_arguments", "encode_arguments"]


class _ChecksumAddressDecoder(AddressDecoder):
    decoder_fn = staticmethod(checksum_address)  # type: ignore[assignment]


@cache
def _codec() -> ABICodec:
    checksummed = registry.copy()
    checksummed.unregister_decoder("address")
    checksummed.register_decoder(
        BaseEquals("address", with_sub=False), _ChecksumAddressDecoder, label="address"
    )
    return ABICodec(checksummed)


def encode_arguments(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """Encode values of ABI types, head and tail.

    Raises
    ------
    ChainError
        If a value does not fit its type.
    """
    words = encode_words(types, values)
    if words is not None:
        return words
    try:
        return _codec().encode(types, values)
    except (EncodingError, TypeError, ValueError) as error:
        raise ChainError(f"cannot encode {list(values)!r} as ({','.join(types)}): {error}") from None


def decode_arguments(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Decode values of ABI types; addresses come checksummed, structs and arrays as tuples.

    Raises
    ------
    ChainError
        If the data is not such an encoding.
    """
    values = decode_words(types, data)
    if values is None:
        values = decode_struct(types, data)
    if values is not None:
        return values
    try:
        return _codec().decode(types, data)
    except (DecodingError, ValueError, OverflowError) as error:
        raise ChainError(f"cannot decode {len(data)} bytes as ({','.join(types)}): {error}") from None


def _type_of(parameter: Mapping[str, Any]) -> str:
    """Return the canonical type of an ABI parameter, with a struct written as its members."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_type_of(member) for member in parameter['components'])}){kind[len('tuple') :]}"


def _is_hashed_when_indexed(kind: str) -> bool:
    return kind in ("string", "bytes") or kind.endswith(("]", ")"))


@dataclass(frozen=True)
class AbiFunction:
    """One external function: its selector and the types on both sides."""

    name: str
    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def encode(self, values: Sequence[Any]) -> bytes:
        """Return the call data."""
        try:
            return self.selector + encode_arguments(self.inputs, values)
        except ChainError as error:
            raise ChainError(f"{self.name}: {error}") from None

    def decode(self, data: bytes) -> Any:
        """Return what the function returned: nothing, one value, or a tuple of several."""
        if not self.outputs:
            return None
        try:
            values = decode_arguments(self.outputs, data)
        except ChainError as error:
            raise ChainError(f"{self.name}: {error}") from None
        return values[0] if len(values) == 1 else values


@dataclass(frozen=True)
class AbiEvent:
    """One event: its first topic, and names and types of its arguments in order."""

    name: str
    topic: bytes
    names: tuple[str, ...]
    indexed: tuple[bool, ...]
    topic_types: tuple[str, ...]
    data_types: tuple[str, ...]

    def decode(self, log: Log) -> Event:
        """Decode a log of this event."""
        types, places = self._in_one
        values = decode_words(types, b"".join(log.topics[1:]) + log.data)
        if values is not None:
            return Event(self.name, {name: values[place] for name, place in places}, log)
        data = iter(decode_arguments(self.data_types, log.data))
        topics = iter(
            decode_arguments((kind,), topic)[0]
            for kind, topic in zip(self.topic_types, log.topics[1:], strict=True)
        )
        args = {
            name: next(topics if indexed else data)
            for name, indexed in zip(self.names, self.indexed, strict=True)
        }
        return Event(self.name, args, log)

    @cached_property
    def _in_one(self) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
        """Types of the topics, each a word, and then of the data; and by name the place among them."""
        topics, data = iter(range(len(self.topic_types))), iter(range(len(self.topic_types), len(self.names)))
        places = tuple(
            (name, next(topics if indexed else data))
            for name, indexed in zip(self.names, self.indexed, strict=True)
        )
        return self.topic_types + self.data_types, places


class ContractAbi:
    """The functions and events of one ABI, found by name or by topic.

    Parameters
    ----------
    entries : sequence of mapping
        The ABI as JSON gives it.
    """

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        self._functions: dict[str, list[AbiFunction]] = {}
        self._events: dict[bytes, AbiEvent] = {}
        self.constructor: tuple[str, ...] = ()
        for entry in entries:
            if entry["type"] == "function":
                self._functions.setdefault(entry["name"], []).append(_function(entry))
            elif entry["type"] == "event" and not entry.get("anonymous", False):
                event = _event(entry)
                self._events[event.topic] = event
            elif entry["type"] == "constructor":
                self.constructor = tuple(map(_type_of, entry["inputs"]))
        self._by_selector = {one.selector: one for named in self._functions.values() for one in named}

    def function(self, name: str, argument_count: int) -> AbiFunction:
        """Find a function; default arguments make several of one name, told apart by their number.

        Raises
        ------
        ChainError
            If there is none; the message says what there is.
        """
        overloads = self._functions.get(name, [])
        for function in overloads:
            if len(function.inputs) == argument_count:
                return function
        if overloads:
            expected = " or ".join(f"({','.join(function.inputs)})" for function in overloads)
            raise ChainError(f"{name} takes {expected}, found {argument_count} arguments")
        raise ChainError(f"no function {name!r}, only: {', '.join(sorted(self._functions))}")

    def read_call(self, data: bytes) -> tuple[str, tuple[Any, ...]] | None:
        """Read call data: the name of the function and its arguments; None if this ABI has no such call."""
        function = self._by_selector.get(data[:4])
        if function is None:
            return None
        try:
            return function.name, decode_arguments(function.inputs, data[4:])
        except ChainError:
            return None

    def function_name(self, data: bytes) -> str | None:
        """Return the name of the function that call data begins with; None if this ABI has none such."""
        function = self._by_selector.get(data[:4])
        return None if function is None else function.name

    def event(self, log: Log) -> AbiEvent | None:
        """Find the event that a log is of; None if this ABI has no such event."""
        event = self._events.get(log.topics[0]) if log.topics else None
        # another contract's event of the same signature may index other arguments
        return event if event and len(log.topics) == 1 + len(event.topic_types) else None

    def topic(self, name: str) -> bytes:
        """Return the first topic of the event `name`, for filters."""
        for event in self._events.values():
            if event.name == name:
                return event.topic
        known = ", ".join(sorted(event.name for event in self._events.values()))
        raise ChainError(f"no event {name!r}, only: {known}")


def _function(entry: Mapping[str, Any]) -> AbiFunction:
    inputs = tuple(map(_type_of, entry["inputs"]))
    signature = f"{entry['name']}({','.join(inputs)})"
    return AbiFunction(
        entry["name"], keccak(text=signature)[:4], inputs, tuple(map(_type_of, entry["outputs"]))
    )


def _event(entry: Mapping[str, Any]) -> AbiEvent:
    inputs = entry["inputs"]
    types = [_type_of(parameter) for parameter in inputs]
    indexed = tuple(bool(parameter["indexed"]) for parameter in inputs)
    return AbiEvent(
        name=entry["name"],
        topic=keccak(text=f"{entry['name']}({','.join(types)})"),
        names=tuple(parameter["name"] for parameter in inputs),
        indexed=indexed,
        topic_types=tuple(
            "bytes32" if _is_hashed_when_indexed(kind) else kind
            for kind, is_topic in zip(types, indexed, strict=True)
            if is_topic
        ),
        data_types=tuple(kind for kind, is_topic in zip(types, indexed, strict=True) if not is_topic),
    )
