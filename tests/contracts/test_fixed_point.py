"""The fixed point module: rounding against rationals, and two numbers in one word."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import pytest

from isomargin.chain import Chain, Contract
from isomargin.contracts import compile_contract

HALF = 2**127  # the first magnitude that a signed half word does not hold, but for its negative
OUT_OF_RANGE = "market: number out of range"


@pytest.fixture(scope="module")
def fixed_point(chain: Chain) -> Contract:
    return chain.deploy(compile_contract(Path(__file__).with_name("FixedPoint.vy")))


@pytest.mark.parametrize("x", [-(10**40), -8, -7, -6, -1, 0, 1, 6, 7, 8, 10**40])
@pytest.mark.parametrize("denominator", [1, 2, 7, 10**18])
def test_signed_division__of_either_sign__rounds_as_its_name_says(fixed_point, x, denominator):
    down, up, away = fixed_point.call("signed_divisions", x, denominator)
    exact = Fraction(x, denominator)
    assert (down, up) == (floor(exact), ceil(exact))
    assert away == (floor(exact) if x < 0 else ceil(exact))


@pytest.mark.parametrize(
    ("x", "y", "denominator"), [(0, 5, 7), (7, 3, 21), (7, 3, 20), (10**30, 10**30, 3), (1, 1, 2**255)]
)
def test_mul_div_up__with_or_without_a_rest__is_the_ceiling(fixed_point, x, y, denominator):
    assert fixed_point.call("mul_div_up", x, y, denominator) == ceil(Fraction(x * y, denominator))


@pytest.mark.parametrize(("size", "sign"), [(-1, -1), (1, 1), (-(10**30), -1), (10**30, 1)])
def test_signed_like__size_of_either_sign__gives_the_quantity_that_sign(fixed_point, size, sign):
    assert fixed_point.call("signed_like", size, 7) == 7 * sign


@pytest.mark.parametrize(("high", "low"), [(0, 0), (1, 2), (2**128 - 1, 0), (0, 2**128 - 1), (2**128 - 1, 5)])
def test_pack__numbers_that_fit__come_back(fixed_point, high, low):
    assert fixed_point.call("pack", high, low) == (high * 2**128 + low, high, low)


@pytest.mark.parametrize(("high", "low"), [(2**128, 0), (0, 2**128), (2**256 - 1, 2**256 - 1)])
def test_pack__number_above_128_bits__is_refused(fixed_point, high, low, refused):
    with refused(OUT_OF_RANGE):
        fixed_point.call("pack", high, low)


@pytest.mark.parametrize(
    ("high", "low"), [(0, 0), (1, -1), (-1, 1), (-HALF, HALF - 1), (HALF - 1, -HALF), (-3, -5)]
)
def test_pack_signed__numbers_that_fit__come_back(fixed_point, high, low):
    word = (high % 2**128) * 2**128 + low % 2**128
    assert fixed_point.call("pack_signed", high, low) == (word, high, low)


@pytest.mark.parametrize(("high", "low"), [(HALF, 0), (-HALF - 1, 0), (0, HALF), (0, -HALF - 1)])
def test_pack_signed__number_beyond_127_bits__is_refused(fixed_point, high, low, refused):
    with refused(OUT_OF_RANGE):
        fixed_point.call("pack_signed", high, low)
