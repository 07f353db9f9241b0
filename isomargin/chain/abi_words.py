"""The quick half of the ABI codec: words, structs of words and one struct with texts, in their usual form.

Whatever else there is (dynamic types, values out of range, padding that is not zero) is left to eth_abi,
which also words the errors; so the two never disagree on what is valid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from eth_abi.grammar import ABIType, BasicType, TupleType, parse

from isomargin.chain.accounts import checksum_address

__all__ = ["decode_struct", "decode_words", "encode_words"]

_Reader = Callable[[int], Any]  # from a word; None if it is not in its usual form
_Shape = tuple["int | _Shape", ...]  # of a struct: places of words
_SIGN = 2**255


@cache
def _layout(types: tuple[str, ...]) -> tuple[tuple[_Reader, ...], _Shape | None] | None:
    """How to read each word, and into which structs they go, if any; None if there is more than words."""
    readers: list[_Reader] = []
    try:
        shape = tuple(_shape(parse(each), readers) for each in types)
    except ValueError:  # something among them is more than a word
        return None
    return tuple(readers), None if all(isinstance(part, int) for part in shape) else shape


def _shape(kind: ABIType, readers: list[_Reader]) -> int | _Shape:
    if kind.arrlist:
        raise ValueError(f"{kind} is an array")
    if isinstance(kind, TupleType):
        return tuple(_shape(member, readers) for member in kind.components)
    assert isinstance(kind, BasicType)
    readers.append(_reader(kind.base, kind.sub))
    return len(readers) - 1


def _reader(base: str, bits: Any) -> _Reader:
    if base == "uint":
        return _as_it_is if bits == 256 else lambda word: word if word >> bits == 0 else None
    if base == "int":
        half = 1 << bits - 1

        def signed(word: int) -> int | None:
            value = word - 2**256 if word >= _SIGN else word
            return value if -half <= value < half else None

        return signed
    if base == "address":
        return lambda word: checksum_address(word.to_bytes(20, "big")) if word >> 160 == 0 else None
    if base == "bool":
        return lambda word: bool(word) if word < 2 else None
    if base == "bytes" and bits == 32:
        return lambda word: word.to_bytes(32, "big")
    raise ValueError(f"{base} is not always a word")


def _as_it_is(word: int) -> int:
    return word


def decode_words(types: Sequence[str], data: bytes) -> tuple[Any, ...] | None:
    """Decode words; None if eth_abi has to."""
    layout = _layout(tuple(types))
    if layout is None:
        return None
    readers, shape = layout
    if len(data) < 32 * len(readers):
        return None
    values = [
        reader(int.from_bytes(data[start : start + 32], "big"))
        for reader, start in zip(readers, range(0, 32 * len(readers), 32), strict=True)
    ]
    if None in values:
        return None
    return tuple(values) if shape is None else _filled(shape, values)


def _filled(shape: _Shape, values: list[Any]) -> tuple[Any, ...]:
    return tuple(values[part] if isinstance(part, int) else _filled(part, values) for part in shape)


@cache
def _members(types: tuple[str, ...]) -> tuple[_Reader | None, ...] | None:
    """How to read the members of the one struct asked for, None for a text; None if it is no such struct."""
    kind = parse(types[0]) if len(types) == 1 else None
    if not isinstance(kind, TupleType) or kind.arrlist:
        return None
    readers: list[_Reader | None] = []
    for member in kind.components:
        if member.arrlist or not isinstance(member, BasicType):
            return None
        try:
            readers.append(None if member.base == "string" else _reader(member.base, member.sub))
        except ValueError:
            return None
    return tuple(readers) if None in readers else None


def decode_struct(types: Sequence[str], data: bytes) -> tuple[Any, ...] | None:
    """Decode one struct of words and texts, whose tails stand in their order; None if eth_abi has to."""
    readers = _members(tuple(types))
    if readers is None or len(data) < 32 * (1 + len(readers)) or int.from_bytes(data[:32], "big") != 32:
        return None
    struct = data[32:]
    tail = 32 * len(readers)
    values: list[Any] = []
    for place, reader in enumerate(readers):
        word = int.from_bytes(struct[32 * place : 32 * place + 32], "big")
        if reader is not None:
            value: Any = reader(word)
        elif word != tail:
            return None
        else:
            value, tail = _text_at(struct, tail)
        if value is None:
            return None
        values.append(value)
    return (tuple(values),) if tail == len(struct) else None


def _text_at(struct: bytes, start: int) -> tuple[str | None, int]:
    """A text and where its tail ends; None for the text if it is not in its usual form."""
    size = int.from_bytes(struct[start : start + 32], "big")
    begin, end = start + 32, start + 32 + -(-size // 32) * 32
    if end > len(struct) or any(struct[begin + size : end]):
        return None, end
    try:
        return struct[begin : begin + size].decode(), end
    except UnicodeDecodeError:
        return None, end


@cache
def _writers(types: tuple[str, ...]) -> tuple[Callable[[Any], bytes | None], ...] | None:
    writers = []
    for each in types:
        kind = parse(each)
        if kind.arrlist or not isinstance(kind, BasicType) or kind.base not in ("uint", "int", "address"):
            return None
        writers.append(_address_word if kind.base == "address" else _integer_writer(kind.base, kind.sub))
    return tuple(writers)


def _integer_writer(base: str, bits: int) -> Callable[[Any], bytes | None]:
    least, most = (0, 1 << bits) if base == "uint" else (-(1 << bits - 1), 1 << bits - 1)

    def write(value: Any) -> bytes | None:
        if type(value) is not int or not least <= value < most:
            return None
        return value.to_bytes(32, "big", signed=value < 0)

    return write


@lru_cache(maxsize=65_536)
def _known_address(address: str) -> bytes | None:
    try:
        raw = bytes.fromhex(address[2:])
    except ValueError:
        return None
    return b"\0" * 12 + raw if len(raw) == 20 and checksum_address(raw) == address else None


def _address_word(value: Any) -> bytes | None:
    return _known_address(value) if type(value) is str else None


def encode_words(types: Sequence[str], values: Sequence[Any]) -> bytes | None:
    """Encode integers and checksummed addresses; None if eth_abi has to."""
    writers = _writers(tuple(types))
    if writers is None or len(writers) != len(values):
        return None
    words: list[bytes] = []
    for write, value in zip(writers, values, strict=True):
        word = write(value)
        if word is None:
            return None
        words.append(word)
    return b"".join(words)
