"""The formulas themselves, against cases that other formulas know."""

import math
from fractions import Fraction
from statistics import NormalDist

import pytest
from scipy.stats import multivariate_normal

from benchmarks.theory.formulas import (
    first_passage,
    first_passage_at_steps,
    funding_at_once,
    funding_in_motion,
    shifted,
)

WITHOUT_SLOPE = {"drift": 0.32, "volatility": 0.8}  # the logarithm has no drift
FALLING = {"drift": -2.0, "volatility": 0.8}
YEARS = 2 / 365
normal = NormalDist().cdf


@pytest.mark.parametrize("distance", [-0.05, 0.05])
def test_passage__no_slope__is_twice_the_chance_to_end_beyond(distance):
    """The reflection principle."""
    beyond = normal(-0.05 / (0.8 * math.sqrt(YEARS)))

    assert first_passage(distance, **WITHOUT_SLOPE, years=YEARS) == pytest.approx(2 * beyond)


def test_passage__barrier_at_hand_or_out_of_reach__is_sure_or_impossible():
    assert first_passage(-1e-12, **FALLING, years=YEARS) == pytest.approx(1)
    assert first_passage(2.0, **FALLING, years=YEARS) == pytest.approx(0, abs=1e-12)


def test_passage__endless_time__is_that_of_the_maximum_of_a_falling_motion():
    """Exponential: exp(2 n b / s^2)."""
    slope = -2.0 - 0.32

    assert first_passage(0.05, **FALLING, years=1e3) == pytest.approx(math.exp(2 * slope * 0.05 / 0.64))


def test_steps__one_look__is_the_chance_to_end_beyond():
    deviation, slope = 0.8 * math.sqrt(YEARS), (-2.0 - 0.32) * YEARS
    found = first_passage_at_steps(-0.05, **FALLING, interval=YEARS, steps=1)

    assert found == pytest.approx(normal((-0.05 - slope) / deviation), abs=1e-12)


@pytest.mark.parametrize("distance", [-0.04, 0.04])
def test_steps__two_looks__are_the_bivariate_normal(distance):
    interval = YEARS / 2
    side = math.copysign(1.0, distance)
    mean, variance = -2.32 * interval, 0.64 * interval
    within = multivariate_normal(
        [side * mean, 2 * side * mean], [[variance, variance], [variance, 2 * variance]]
    ).cdf([0.04, 0.04])

    found = first_passage_at_steps(distance, **FALLING, interval=interval, steps=2)
    assert found == pytest.approx(1 - within, abs=1e-7)


@pytest.mark.parametrize("distance", [-0.036, 0.046])
def test_correction__shorter_intervals__leave_less_than_their_square_root(distance):
    left, gaps = [], []
    for steps in (4, 16, 64, 256):
        interval = YEARS / steps
        exact = first_passage_at_steps(distance, **FALLING, interval=interval, steps=steps)
        corrected = shifted(distance, volatility=0.8, interval=interval)
        left.append(abs(first_passage(corrected, **FALLING, years=YEARS) - exact))
        gaps.append(first_passage(distance, **FALLING, years=YEARS) - exact)

    # a quarter of the interval: half of the gap that is to be corrected, a quarter or so of what is left
    for ratio in (one / two for one, two in zip(gaps[1:], gaps[:-1], strict=True)):
        assert 0.45 < ratio < 0.6
    for ratio in (one / two for one, two in zip(left[1:], left[:-1], strict=True)):
        assert ratio < 0.35


def test_funding__at_once__is_a_product():
    # 10 long at 200, a rate of 10% a day at full skew, a skew of 1%, three days
    owed = funding_at_once(Fraction(10), Fraction(1, 100), Fraction(200), Fraction(1, 10), Fraction(3))

    assert owed == 6


@pytest.mark.parametrize(
    ("days", "owed"), [(1, 10), (2, 40), (10, 1_000), (12, 1_400)], ids=["1", "2", "to the bound", "beyond"]
)
def test_funding__in_motion__is_a_triangle_and_then_a_rectangle(days, owed):
    # ten long at 200; a skew of 1% moves the rate by 1% a day, to 10% at most
    terms = (Fraction(1, 100), Fraction(200), Fraction(1), Fraction(1, 10), Fraction(days))

    assert funding_in_motion(Fraction(10), *terms) == owed
    assert funding_in_motion(Fraction(-10), *terms) == -owed


def test_funding__in_motion__shorts_pay_when_they_are_more():
    args = (Fraction(200), Fraction(1), Fraction(1, 10), Fraction(1))

    assert funding_in_motion(Fraction(10), Fraction(-1, 100), *args) == -10
    assert funding_in_motion(Fraction(10), Fraction(0), *args) == 0
