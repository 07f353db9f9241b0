"""Hex in and out against the execution API's rules, each fault with its own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isomargin.server.rpc.quantities import (
    address_json,
    block_reference,
    data_json,
    loose_integer,
    parse_address,
    parse_bool,
    parse_data,
    parse_hash,
    parse_quantity,
    parse_slot,
    parse_text,
    parse_word,
    quantity_json,
    quantity_of,
    word_json,
)
from isomargin.server.rpc.refusals import Malformed

ADDRESS = "0x" + "ab" * 20
HASH = "0x" + "0f" * 32

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary().map(data_json),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.integers(0, 2**256 - 1))
def test_quantity__any_number__comes_back(number):
    assert parse_quantity(quantity_json(number)) == number


@given(st.binary(max_size=100))
def test_data__any_bytes__come_back(content):
    assert parse_data(data_json(content)) == content


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (31, "expected a hex quantity such as 0x1f, found number 31"),
        (True, "expected a hex quantity such as 0x1f, found true"),
        (None, "found null"),
        (["0x1"], "found an array"),
        ({"a": 1}, "found an object"),
        ("", '"": hex string without 0x prefix'),
        ("1f", '"1f": hex string without 0x prefix'),
        ("0X1f", "hex string without 0x prefix"),
        ("0x", "hex string has no digits, zero is 0x0"),
        ("0x01", '"0x01": hex number with leading zero digits'),
        ("0x00", "hex number with leading zero digits"),
        ("0x1g", "invalid hex string"),
        ("0x1_0", "invalid hex string"),
        ("0x-1", "invalid hex string"),
        ("0x 1", "invalid hex string"),
        ("0x1\n", "invalid hex string"),
        ("0x\u0661", "invalid hex string"),
        ("0x1" + 64 * "0", "hex number > 256 bits"),
    ],
)
def test_parse_quantity__not_one__says_why(value, words):
    with pytest.raises(Malformed) as refusal:
        parse_quantity(value)
    assert words in str(refusal.value)


def test_quantity_of__number_too_large__says_how_many_bits():
    assert quantity_of(64)("0xffffffffffffffff") == 2**64 - 1
    with pytest.raises(Malformed, match="hex number > 64 bits"):
        quantity_of(64)("0x10000000000000000")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (5, "expected hex data such as 0x00ff, found number 5"),
        ("00", "hex string without 0x prefix"),
        ("0x0", '"0x0": hex string of odd length'),
        ("0xzz", "invalid hex string"),
        ("0x0 0 ", "invalid hex string"),
        ("0x\u0661\u0661", "invalid hex string"),
    ],
)
def test_parse_data__not_data__says_why(value, words):
    with pytest.raises(Malformed) as refusal:
        parse_data(value)
    assert words in str(refusal.value)


def test_parse_address__any_case__returns_it_checksummed():
    vitalik = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
    assert parse_address(vitalik.lower()) == vitalik
    assert parse_address("0x" + vitalik[2:].upper()) == vitalik
    assert address_json(vitalik) == vitalik.lower()
    assert address_json(None) is None


@pytest.mark.parametrize("length", [0, 19, 21, 32])
def test_parse_address__wrong_length__says_both_lengths(length):
    with pytest.raises(Malformed, match=f"has length {2 * length}, want 40 for an address"):
        parse_address("0x" + "ab" * length)


def test_parse_hash__wrong_length__is_refused():
    assert parse_hash(HASH) == bytes.fromhex(HASH[2:])
    with pytest.raises(Malformed, match="want 64 for a hash"):
        parse_hash(ADDRESS)


def test_word__small_number__has_all_its_zeros():
    assert word_json(255) == "0x" + 62 * "0" + "ff"
    assert parse_word(word_json(255)) == 255


@pytest.mark.parametrize(("value", "slot"), [("0x0", 0), ("0x5", 5), ("0x05", 5), (word_json(7), 7)])
def test_parse_slot__quantity_or_word__is_the_same(value, slot):
    assert parse_slot(value) == slot


@pytest.mark.parametrize("value", ["0x", "5", "0x" + 65 * "0", 5, None, "0xg"])
def test_parse_slot__neither__is_refused(value):
    with pytest.raises(Malformed, match="expected a storage slot"):
        parse_slot(value)


@pytest.mark.parametrize(("value", "number"), [(5, 5), ("5", 5), ("0x5", 5), ("0x05", 5), (0, 0)])
def test_loose_integer__any_way_to_write_it__is_the_number(value, number):
    assert loose_integer(value) == number


@pytest.mark.parametrize("value", [-1, True, 1.5, "0x", "five", "-5", "0x" + 65 * "1", None, [5]])
def test_loose_integer__no_number__is_refused(value):
    with pytest.raises(Malformed):
        loose_integer(value)


@pytest.mark.parametrize(
    ("value", "reference"),
    [
        ("latest", "latest"),
        ("pending", "pending"),
        ("earliest", "earliest"),
        ("safe", "safe"),
        ("finalized", "finalized"),
        ("0x0", 0),
        ("0x1f", 31),
        ({"blockNumber": "0x1f"}, 31),
        ({"blockNumber": "latest"}, "latest"),
        (HASH, bytes.fromhex(HASH[2:])),
        ({"blockHash": HASH}, bytes.fromhex(HASH[2:])),
        ({"blockHash": HASH, "requireCanonical": True}, bytes.fromhex(HASH[2:])),
    ],
)
def test_block_reference__every_form__is_read(value, reference):
    assert block_reference(value) == reference


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("newest", '"newest": expected a hex block number or one of earliest'),
        ("5", "expected a hex block number"),
        (5, "expected a block number, tag or object, found number 5"),
        ("0x01", "leading zero"),
        ("0x8000000000000000", "hex number > 63 bits"),
        ({}, "either blockHash or blockNumber"),
        ({"blockHash": HASH, "blockNumber": "0x1"}, "either blockHash or blockNumber"),
        ({"blockNumber": HASH}, "leading zero digits"),
        ({"blockNumber": 5}, "expected a hex quantity as blockNumber, found number 5"),
        ({"blockHash": HASH, "requireCanonical": 1}, "expected true or false"),
    ],
)
def test_block_reference__none__says_why(value, words):
    with pytest.raises(Malformed) as refusal:
        block_reference(value)
    assert words in str(refusal.value)


@given(anything)
def test_parsers__anything_at_all__read_it_or_refuse_it_in_one_short_line(value):
    for parse in (
        parse_quantity,
        parse_data,
        parse_address,
        parse_hash,
        parse_word,
        parse_slot,
        parse_bool,
        parse_text,
        loose_integer,
        block_reference,
    ):
        words = ""
        try:
            parse(value)
        except Malformed as refusal:
            words = str(refusal)
        assert len(words) < 700
        assert "\n" not in words
