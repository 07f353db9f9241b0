"""What a pattern lets through and what it does not."""

from __future__ import annotations

import pytest

from tests.server.conformance.matching import Names, differences, filled_in, shape_of

HASH = "0x" + "ab" * 32
ADDRESS = "0x" + "Ab" * 20


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("0x1", "0x1"),
        (None, None),
        ("$_", {"any": ["thing"]}),
        ("$_:quantity", "0x0"),
        ("$_:data", "0x"),
        ("$_:hash", HASH),
        ("$_:address", ADDRESS),
        (ADDRESS, ADDRESS.lower()),
        ("$_:bloom", "0x" + "0" * 512),
        ("$_:text", "anything"),
        ("nonce too low$_", "nonce too low: next nonce 5, tx nonce 0"),
        ({"a": 1, "...": "$_"}, {"a": 1, "b": 2}),
        ([1, "$x", "$x"], [1, 2, 2]),
    ],
)
def test_differences__what_the_pattern_lets_through__are_none(pattern, found):
    assert list(differences(pattern, found, {})) == []


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("0x1", "0x01"),
        (1, True),
        (1, 1.0),
        (None, False),
        ("$_:quantity", "0x"),
        ("$_:quantity", "0x01"),
        ("$_:quantity", 1),
        ("$_:data", "0x1"),
        ("$_:hash", HASH[:-2]),
        ("$_:address", ADDRESS + "00"),
        ("$_:text", ""),
        ("nonce too low$_", "the nonce is too low"),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "...": "$_"}, {"b": 2}),
        ({"a": 1}, [1]),
        ([1], [1, 2]),
        ([1, "$x", "$x"], [1, 2, 3]),
        (HASH, HASH.upper().replace("X", "x")),
    ],
)
def test_differences__anything_else__are_told(pattern, found):
    assert list(differences(pattern, found, {}))


def test_differences__nested__say_where():
    [told] = differences({"result": [{"a": 1}, {"a": 2}]}, {"result": [{"a": 1}, {"a": 3}]}, {})
    assert told == "answer.result[1].a: expected 2, found 3"


def test_filled_in__name_that_was_captured__is_put_in_as_json():
    names: Names = {}
    assert list(differences({"result": "$block:quantity"}, {"result": "0x5"}, names)) == []
    assert filled_in('{"params":["$block","a $block"]}', names) == '{"params":["0x5","a $block"]}'


def test_filled_in__name_that_nobody_captured__is_an_error():
    with pytest.raises(KeyError, match="block"):
        filled_in('["$block"]', {})


def test_shape_of__texts__become_shapes_and_keys_stay():
    pattern = shape_of(
        {"hash": HASH, "number": "0x5", "miner": ADDRESS, "data": "0x00", "none": None, "$": "$x"}
    )
    assert pattern == {
        "hash": "$_:hash",
        "number": "$_:quantity",
        "miner": "$_:address",
        "data": "$_:data",
        "none": None,
        "$": "$x",
    }
