"""Arguments of calls: what a scenario may write for each kind of the ABI, and what is refused."""

import re
from decimal import Decimal

import pytest

from isomargin.simulation.arguments import argument_for, arguments_for

WHO = "0x" + "11" * 20


def address_of(name):
    if name != "eve":
        raise ValueError(f"nobody is called {name!r}")
    return WHO


def number_of(name):
    if name != "long":
        raise ValueError(f"no position {name!r}")
    return 7


def converted(kind, value):
    return argument_for(kind, value, address_of, number_of)


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("uint256", 5, 5),
        ("uint256", "1_000", 1_000),
        ("uint256", "1.5e18", 15 * 10**17),
        ("uint256", Decimal("2e3"), 2_000),
        ("uint256", "0xff", 255),
        ("uint256", "0xf", 15),
        ("uint256", "long", 7),
        ("int128", -3, -3),
        ("uint8", 255, 255),
        ("address", "eve", WHO),
        ("bool", True, True),
        ("bool", "false", False),
        ("string", "eve", "eve"),
        ("bytes", "0x0102", b"\x01\x02"),
        ("bytes4", "0x01020304", b"\x01\x02\x03\x04"),
        ("uint256[]", [1, "long"], [1, 7]),
        ("address[2]", ("eve", "eve"), [WHO, WHO]),
        ("(uint256,(address,bool)[])", [1, [["eve", False]]], (1, [(WHO, False)])),
        ("()", [], ()),
    ],
)
def test_argument_for__a_value_of_its_kind__is_what_is_encoded(kind, value, found):
    assert converted(kind, value) == found


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("uint256", -1, "expected uint256, found -1"),
        ("uint8", 256, "expected uint8, found 256"),
        ("int8", -129, "expected int8, found -129"),
        ("uint256", "1.5", "expected a whole number, found 1.5"),
        ("uint256", "1e999999", "expected a whole number, found 1e999999"),
        ("uint256", "inf", "expected a whole number, found inf"),
        ("uint256", True, "expected a whole number, found True"),
        ("uint256", "short", "no position 'short'"),
        ("uint256", "0xgg", "expected 0x and an even number of hex digits"),
        ("address", 3, "expected address, found 3"),
        ("address", "bob", "nobody is called 'bob'"),
        ("bool", "perhaps", "expected bool, found 'perhaps'"),
        ("bytes4", "0x01", "expected 4 bytes, found 1"),
        ("bytes", "text", "expected bytes, found 'text'"),
        ("string", 3, "expected string, found 3"),
        ("uint256[]", 3, "expected an array of uint256, found 3"),
        ("uint256[2]", [1], "expected 2 elements, found 1"),
        ("(uint256,bool)", [1], "expected 2 values for (uint256,bool), found 1"),
        ("(uint256,bool)", "x", "expected an array with a value for each of (uint256,bool), found 'x'"),
    ],
)
def test_argument_for__another_value__says_what_was_expected(kind, value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        converted(kind, value)


def test_arguments_for__several__name_the_place_of_the_wrong_one():
    with pytest.raises(ValueError, match=r"^argument 2: expected bool, found 3$"):
        arguments_for(["uint256", "bool"], [1, 3], address_of, number_of)
