"""RLP of strangers: read as the rlp library reads it, or refused; never deep, never long."""

from __future__ import annotations

import pytest
import rlp
from hypothesis import example, given
from hypothesis import strategies as st
from rlp.exceptions import RLPException

from isomargin.chain.rlp_reading import Item, read_item
from isomargin.errors import MalformedTransaction

TEXT = st.binary(max_size=70)
NESTED = st.lists(TEXT | st.lists(TEXT | st.lists(TEXT | st.lists(TEXT, max_size=3), max_size=3), max_size=3))


def by_library(data: bytes) -> object:
    try:
        return as_lists(rlp.decode(data))
    except (RLPException, ValueError):
        return None


def as_lists(found: object) -> object:
    return found if isinstance(found, bytes) else [as_lists(each) for each in found]  # type: ignore[attr-defined]


def by_us(data: bytes) -> Item | None:
    try:
        return read_item(data)
    except MalformedTransaction:
        return None


@given(NESTED | TEXT)
def test_read_item__whatever_was_encoded__is_that_again(content):
    assert read_item(rlp.encode(content)) == content


@given(st.binary(max_size=120))
@example(b"\x81\x7f")
@example(b"\x81\x80")
@example(b"\xb8\x37" + bytes(55))
@example(b"\xb9\x00\x38" + bytes(56))
@example(b"\xbf" + b"\xff" * 8)
@example(b"\xf8\x38" + bytes(56))
@example(b"\xc1")
def test_read_item__any_bytes__as_the_library_does(data):
    assert by_us(data) == by_library(data)


@given(NESTED, st.data())
def test_read_item__a_byte_changed__as_the_library_does(content, data):
    raw = bytearray(rlp.encode(content))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    ours = by_us(bytes(raw))
    assert ours is None or ours == by_library(bytes(raw))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "value size exceeds available input length"),
        (b"\x82a", "value size exceeds available input length"),
        (b"\xb8", "non-canonical size information"),
        (b"aa", "input contains more than one value"),
        (b"\xc1\x82", "element is larger than containing list"),
        (b"\xc5\xc4\xc3\xc2\xc1\x01", "lists nested too deep"),
    ],
)
def test_read_item__fault__is_named_as_geth_names_it(data, words):
    with pytest.raises(MalformedTransaction, match=f"^rlp: {words}$"):
        read_item(data)
