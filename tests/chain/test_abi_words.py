"""Words are coded as eth_abi codes them, and what is not in its usual form is left to it."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin.chain import address_of
from isomargin.chain.abi import decode_arguments, encode_arguments
from isomargin.chain.abi_words import decode_struct, decode_words, encode_words
from isomargin.errors import ChainError

ADDRESSES = tuple(address_of(name) for name in ("trader", "keeper", "lp"))
DATA_TYPES = ("uint8", "int8", "int128", "address", "bool", "uint256", "bytes32")


@st.composite
def words(draw: st.DrawFn) -> tuple[str, Any]:
    """A type that is a word, and a value of it."""
    bits = draw(st.sampled_from([8, 16, 64, 128, 160, 256]))
    match draw(st.sampled_from(["uint", "int", "address"])):
        case "uint":
            return f"uint{bits}", draw(st.integers(0, 2**bits - 1))
        case "int":
            return f"int{bits}", draw(st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))
        case _:
            return "address", draw(st.sampled_from(ADDRESSES))


@settings(max_examples=300, deadline=None)
@given(st.lists(words(), min_size=1, max_size=8))
def test_words__of_any_types__are_coded_as_eth_abi_does(pairs):
    types, values = [kind for kind, _ in pairs], [value for _, value in pairs]
    data = encode(types, values)
    assert encode_words(types, values) == data
    assert decode_words(types, data) == tuple(values)
    struct = [f"({','.join(types)})", "bool", "bytes32"]
    assert decode_words(struct, data + encode(["bool", "bytes32"], [True, b"x" * 32])) == (
        tuple(values),
        True,
        b"x" * 32,
    )


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(DATA_TYPES), st.binary(max_size=40))
def test_data__in_any_form__is_decoded_or_refused_as_eth_abi_does(kind, data):
    quick = decode_words([kind], data)
    try:
        (expected,) = decode([kind], data)
    except Exception:
        assert quick is None
        with pytest.raises(ChainError):
            decode_arguments([kind], data)
        return
    found = decode_arguments([kind], data)[0]
    assert (found.lower() if kind == "address" else found) == expected
    assert quick in (None, (found,))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint8", 256),
        ("uint256", -1),
        ("int8", 128),
        ("uint256", True),
        ("address", "0x12"),
        ("uint256", "7"),
    ],
)
def test_value__that_does_not_fit__is_left_to_eth_abi_and_refused(kind, value):
    assert encode_words([kind], [value]) is None
    with pytest.raises(ChainError):
        encode_arguments([kind], [value])


@pytest.mark.parametrize("kind", ["uint256[]", "string", "uint256[2]", "(uint256,string)", "bytes4", "bytes"])
def test_types__that_are_more_than_words__are_left_to_eth_abi(kind):
    assert decode_words([kind], b"\0" * 128) is None
    assert encode_words([kind], [0]) is None


def test_address__in_lower_case__is_left_to_eth_abi():
    lower = ADDRESSES[0].lower()
    assert encode_words(["address"], [lower]) is None
    assert encode_arguments(["address"], [lower]) == encode(["address"], [lower])


STRUCT = "(uint256,string,address,string)"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(words(), st.tuples(st.just("string"), st.text(max_size=70))), min_size=1, max_size=8)
)
def test_struct__of_words_and_texts__is_decoded_as_eth_abi_does(pairs):
    types, values = [kind for kind, _ in pairs], [value for _, value in pairs]
    struct = [f"({','.join(types)})"]
    found = decode_struct(struct, encode(struct, [tuple(values)]))
    assert found == ((tuple(values),) if "string" in types else None)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 287), st.integers(0, 255))
def test_struct__with_a_byte_changed__is_decoded_or_refused_as_eth_abi_does(place, byte):
    data = bytearray(encode([STRUCT], [(7, "stale", ADDRESSES[0], "price")]))
    assert len(data) == 288
    data[place] = byte
    quick = decode_struct([STRUCT], bytes(data))
    try:
        found = decode_arguments([STRUCT], bytes(data))
    except ChainError:
        with pytest.raises(Exception, match=r".*"):
            decode([STRUCT], bytes(data))
        assert quick is None
        return
    [(number, first, address, second)] = decode([STRUCT], bytes(data))
    [(*_, found_address, _)] = found
    assert found == ((number, first, found_address, second),)
    assert found_address.lower() == address
    assert quick in (None, found)


@pytest.mark.parametrize(
    "kind", ["uint256", "(uint256,bool)", "(uint256,bytes)", "(string[],string)", "string"]
)
def test_struct__without_texts_or_with_more__is_left_to_eth_abi(kind):
    assert decode_struct([kind], b"\0" * 320) is None
