"""Values as text: exact, and short."""

from __future__ import annotations

import pytest

from isomargin.traces.interface import Parameter
from isomargin.traces.values import number_text, value_text, values_text

ALICE = "0x" + 40 * "a"


def name_of(address: str) -> str:
    return "alice" if address == ALICE else address


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-1, "-1"),
        (999, "999"),
        (-1_500_000, "-1_500_000"),
        (10**15 - 1, "999_999_999_999_999"),
        (10**15, "0.001e18"),
        (10**18, "1e18"),
        (-25 * 10**17, "-2.5e18"),
        (99_929_999_123_456_789_012, "99.929999123456789012e18"),
        (1_234_567 * 10**18, "1_234_567e18"),
        (2**63, "2**63"),
        (2**256 - 1, "2**256 - 1"),
        (-(2**255), "-2**255"),
    ],
)
def test_number_text__integer__is_exact(number, text):
    assert number_text(number) == text
    assert exactly(text) == number


def exactly(text: str) -> int:
    """Work the number out again, as a reader would."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    if "**" in digits:
        power, _, less = digits.partition(" - ")
        return sign * (2 ** int(power.removeprefix("2**")) - int(less or 0))
    if not digits.endswith("e18"):
        return sign * int(digits)
    whole, _, fraction = digits.removesuffix("e18").partition(".")
    return sign * (int(whole) * 10**18 + int((fraction or "0").ljust(18, "0")))


@pytest.mark.parametrize(
    ("parameter", "value", "text"),
    [
        (Parameter("", "address"), ALICE, "alice"),
        (Parameter("", "bool"), True, "True"),
        (Parameter("", "string"), 'say "no"', '"say \\"no\\""'),
        (Parameter("", "bytes32"), bytes(31) + b"\1", "0x" + 63 * "0" + "1"),
        (Parameter("", "bytes"), bytes(40), "0x" + 64 * "0" + "... (40 bytes)"),
        (Parameter("", "address[]"), (ALICE, ALICE), "[alice, alice]"),
        (Parameter("", "uint256[]"), tuple(range(10)), "[0, 1, 2, 3, 4, 5, 6, 7, ... 2 more]"),
        (Parameter("", "uint256[][2]"), ((1,), ()), "[[1], []]"),
        (
            Parameter("", "tuple", (Parameter("who", "address"), Parameter("size", "int256"))),
            (ALICE, -(10**18)),
            "(who=alice, size=-1e18)",
        ),
        (Parameter("", "tuple[]", (Parameter("who", "address"),)), ((ALICE,),), "[(who=alice)]"),
    ],
)
def test_value_text__each_type__is_readable(parameter, value, text):
    assert value_text(parameter, value, name_of) == text


def test_values_text__names__stand_before_the_values_but_for_those_of_getters():
    named = (
        (Parameter("id", "uint256"), 7),
        (Parameter("arg0", "address"), ALICE),
        (Parameter("", "bool"), False),
    )
    assert values_text(named, name_of) == "id=7, alice, False"
