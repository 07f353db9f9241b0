"""Funding line by line: numbers worked by hand, exact rationals that bound it, and steps that add up."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin import model
from isomargin.model import FundingStretch, Parameters
from isomargin.units import WAD, to_wad
from tests.model.helpers import parameters

DAY = 86_400
SCALE = to_wad(1_000)
PROPORTIONAL = parameters(max_funding_rate=to_wad("0.1"))
VELOCITY = parameters(max_funding_rate=to_wad("0.1"), max_funding_velocity=to_wad("0.04"))
NONE = parameters(max_funding_rate=0)
NONE_WITH_VELOCITY = parameters(max_funding_rate=0, max_funding_velocity=to_wad("0.04"))

sizes = st.integers(-(10**26), 10**26)
prices = st.integers(1, 10**24)
ratios = st.integers(0, WAD)
scales = st.integers(1, 10**26)
scaled_rates = st.integers(-2 * WAD * DAY, 2 * WAD * DAY)
seconds = st.integers(0, 10**7)


@st.composite
def velocities(draw: st.DrawFn) -> Parameters:
    """Any bound, any speed above zero, any scale."""
    return parameters(
        max_funding_rate=draw(ratios),
        max_funding_velocity=draw(st.integers(1, 3 * WAD)),
        skew_scale=draw(scales),
    )


def scaled(rate: str) -> int:
    """A rate a day as it is kept."""
    return to_wad(rate) * DAY


# By hand


def test_lean__beyond_the_scale__is_the_scale() -> None:
    assert model.lean(to_wad(5_000), SCALE) == SCALE
    assert model.lean(-to_wad(5_000), SCALE) == -SCALE
    assert model.lean(to_wad(7), SCALE) == to_wad(7)


def test_proportional_rate__at_half_and_beyond_full_skew__is_half_and_capped() -> None:
    most = to_wad("0.1")
    assert model.proportional_rate(to_wad(500), SCALE, most) == to_wad("0.05")
    assert model.proportional_rate(-to_wad(500), SCALE, most) == -to_wad("0.05")
    assert model.proportional_rate(to_wad(5_000), SCALE, most) == most
    assert model.proportional_rate(-to_wad(5_000), SCALE, most) == -most
    assert model.proportional_rate(1, 3, 1) == 1
    assert model.proportional_rate(-1, 3, 1) == -1


def test_funding_velocity__at_half_and_beyond_full_skew__is_half_and_capped() -> None:
    most = to_wad("0.04")
    assert model.funding_velocity(-to_wad(500), SCALE, most) == -to_wad("0.02")
    assert model.funding_velocity(to_wad(5_000), SCALE, most) == most
    assert model.funding_velocity(1, 3, 1) == 1
    assert model.funding_velocity(-1, 3, 1) == -1


def test_rate_a_day__of_a_part_of_a_unit__is_towards_zero() -> None:
    assert model.rate_a_day(scaled("0.05")) == to_wad("0.05")
    assert model.rate_a_day(DAY - 1) == 0
    assert model.rate_a_day(1 - DAY) == 0
    assert model.rate_a_day(-DAY) == -1


def test_index_increment__of_half_a_day_at_five_percent__is_a_fortieth_of_the_price() -> None:
    area = 2 * scaled("0.05") * DAY // 2
    assert model.index_increment(area, to_wad(200)) == to_wad(5)
    assert model.index_increment(-area, to_wad(200)) == -to_wad(5)
    assert model.index_increment(1, 1) == 1
    assert model.index_increment(-1, 1) == -1
    assert model.index_increment(0, to_wad(200)) == 0


def test_funding_over__proportional__follows_the_skew_whatever_the_rate_was() -> None:
    half_a_day = model.funding_over(to_wad(500), scaled("-0.09"), DAY // 2, PROPORTIONAL)
    assert half_a_day == FundingStretch(scaled("0.05"), scaled("0.05") * DAY)
    assert model.index_increment(half_a_day.doubled_area, to_wad(200)) == to_wad(5)


@pytest.mark.parametrize("terms", [NONE, NONE_WITH_VELOCITY])
def test_funding_over__none__is_nothing(terms: Parameters) -> None:
    assert model.funding_over(to_wad(500), scaled("0.05"), DAY, terms) == FundingStretch(0, 0)
    assert model.funding_over(-to_wad(5_000), 0, DAY, terms) == FundingStretch(0, 0)


def test_funding_over__velocity_at_full_skew__rises_by_the_velocity_in_a_day() -> None:
    # From 0 to 4% in a day, 2% on average.
    day = model.funding_over(to_wad(5_000), 0, DAY, VELOCITY)
    assert day == FundingStretch(scaled("0.04"), 2 * scaled("0.02") * DAY)
    assert model.index_increment(day.doubled_area, to_wad(200)) == to_wad(4)


def test_funding_over__velocity_at_half_skew__rises_half_as_fast() -> None:
    # From 1% to 3% in a day, 2% on average.
    day = model.funding_over(to_wad(500), scaled("0.01"), DAY, VELOCITY)
    assert day == FundingStretch(scaled("0.03"), 2 * scaled("0.02") * DAY)


def test_funding_over__bound_met_on_the_way__stays_there() -> None:
    # From 8% it takes half a day to the bound of 10%: 4.5% of area, then half a day at 10%: 5%.
    day = model.funding_over(SCALE, scaled("0.08"), DAY, VELOCITY)
    assert day == FundingStretch(scaled("0.1"), 2 * scaled("0.095") * DAY)
    assert model.index_increment(day.doubled_area, to_wad(200)) == to_wad(19)
    mirrored = model.funding_over(-SCALE, scaled("-0.08"), DAY, VELOCITY)
    assert mirrored == FundingStretch(scaled("-0.1"), -2 * scaled("0.095") * DAY)


def test_funding_over__bound_met_at_the_end__is_still_the_straight_line() -> None:
    day = model.funding_over(SCALE, scaled("0.06"), DAY, VELOCITY)
    assert day == FundingStretch(scaled("0.1"), 2 * scaled("0.08") * DAY)


def test_funding_over__at_the_bound_already__holds_it() -> None:
    day = model.funding_over(SCALE, scaled("0.1"), DAY, VELOCITY)
    assert day == FundingStretch(scaled("0.1"), 2 * scaled("0.1") * DAY)


def test_funding_over__across_the_whole_range__turns_the_sign_on_the_way() -> None:
    # From -10% to 10% takes five days, whose area is nothing; a sixth at 10%.
    six_days = model.funding_over(SCALE, scaled("-0.1"), 6 * DAY, VELOCITY)
    assert six_days == FundingStretch(scaled("0.1"), 2 * scaled("0.1") * DAY)


def test_funding_over__skew_against_the_rate__pays_back_in_equal_times() -> None:
    # From 4% down by 4% a day: after two days -4% and everything paid back.
    two_days = model.funding_over(-SCALE, scaled("0.04"), 2 * DAY, VELOCITY)
    assert two_days == FundingStretch(scaled("-0.04"), 0)


def test_funding_over__in_balance__goes_on_at_its_rate() -> None:
    assert model.funding_over(0, scaled("0.04"), DAY, VELOCITY) == FundingStretch(
        scaled("0.04"), 2 * scaled("0.04") * DAY
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_funding_over__bound_lowered_below_the_rate__starts_from_the_bound(sign: int) -> None:
    day = model.funding_over(0, sign * scaled("0.3"), DAY, VELOCITY)
    assert day == FundingStretch(sign * scaled("0.1"), sign * 2 * scaled("0.1") * DAY)
    assert model.funding_over(-sign * SCALE, sign * scaled("0.3"), DAY, VELOCITY) == FundingStretch(
        sign * scaled("0.06"), sign * 2 * scaled("0.08") * DAY
    )


def test_funding_over__triangle_that_is_no_whole_number__is_cut_on_the_side_of_the_bound() -> None:
    # Velocity 3 a second from 0 to a bound of 86400 x 1: met after 28800 seconds, area 86400^2 / 3 twice.
    terms = parameters(max_funding_rate=1, max_funding_velocity=3, skew_scale=1)
    stretch = model.funding_over(1, 1, 2 * DAY, terms)
    assert stretch == FundingStretch(DAY, 4 * DAY * DAY - 86_399**2 // 3)
    assert 86_399**2 % 3 != 0


# Against exact rationals


def exact_area(skew: int, scaled_rate: int, elapsed: int, terms: Parameters) -> tuple[Fraction, Fraction]:
    """The rate at the end and twice the area of the velocity mode, with the velocity as it is rounded."""
    bound = Fraction(terms.max_funding_rate * DAY)
    start = max(-bound, min(bound, Fraction(scaled_rate)))
    slope = model.funding_velocity(skew, terms.skew_scale, terms.max_funding_velocity)
    goal = bound if slope > 0 else -bound
    until = min(Fraction(elapsed), (goal - start) / slope) if slope else Fraction(elapsed)
    end = start + slope * until
    return end, (start + end) * until + 2 * end * (elapsed - until)


@settings(max_examples=400, deadline=None, database=None)
@given(sizes, scaled_rates, seconds, velocities())
def test_funding_over__velocity_against_exact_rationals__errs_by_less_than_a_unit_outwards(
    skew: int, scaled_rate: int, elapsed: int, terms: Parameters
) -> None:
    end, area = exact_area(skew, scaled_rate, elapsed, terms)
    stretch = model.funding_over(skew, scaled_rate, elapsed, terms)
    assert stretch.scaled_rate == end
    error = stretch.doubled_area - area
    assert 0 <= error * (1 if skew > 0 else -1) < 1 or error == 0


@settings(max_examples=300, deadline=None, database=None)
@given(sizes, scales, ratios)
def test_proportional_rate__against_exact_rationals__errs_by_less_than_a_unit_for_the_minority(
    skew: int, scale: int, most: int
) -> None:
    exact = max(Fraction(-1), min(Fraction(skew, scale), Fraction(1))) * most
    error = model.proportional_rate(skew, scale, most) - exact
    assert abs(error) < 1
    assert error * skew >= 0


@settings(max_examples=300, deadline=None, database=None)
@given(st.integers(-(10**40), 10**40), prices)
def test_index_increment__against_exact_rationals__errs_by_less_than_a_unit_away_from_zero(
    area: int, price: int
) -> None:
    exact = Fraction(area * price, 2 * WAD * DAY * DAY)
    error = model.index_increment(area, price) - exact
    assert abs(error) < 1
    assert error * area >= 0


# Steps add up


def in_steps(skew: int, scaled_rate: int, steps: list[int], terms: Parameters) -> list[FundingStretch]:
    stretches = []
    for elapsed in steps:
        stretches.append(model.funding_over(skew, scaled_rate, elapsed, terms))
        scaled_rate = stretches[-1].scaled_rate
    return stretches


cuts = st.lists(st.integers(0, 10**6), min_size=1, max_size=20)


@settings(max_examples=300, deadline=None, database=None)
@given(sizes, scaled_rates, cuts, velocities(), prices)
def test_funding_over__velocity_in_k_steps__has_the_area_of_one_and_its_index_to_k_units(
    skew: int, scaled_rate: int, steps: list[int], terms: Parameters, price: int
) -> None:
    stretches = in_steps(skew, scaled_rate, steps, terms)
    at_once = model.funding_over(skew, scaled_rate, sum(steps), terms)
    assert stretches[-1].scaled_rate == at_once.scaled_rate
    # What is cut off the triangle at the bound is the same wherever the step begins that meets it.
    assert sum(stretch.doubled_area for stretch in stretches) == at_once.doubled_area
    moved = sum(model.index_increment(stretch.doubled_area, price) for stretch in stretches)
    assert abs(moved - model.index_increment(at_once.doubled_area, price)) <= len(steps)


@settings(max_examples=300, deadline=None, database=None)
@given(sizes, scales, ratios, prices, cuts)
def test_funding_over__proportional_in_k_steps__is_one_to_k_units_for_the_pool(
    skew: int, scale: int, most: int, price: int, steps: list[int]
) -> None:
    terms = parameters(max_funding_rate=most, skew_scale=scale)
    stretches = in_steps(skew, 0, steps, terms)
    at_once = model.funding_over(skew, 0, sum(steps), terms)
    assert sum(stretch.doubled_area for stretch in stretches) == at_once.doubled_area
    moved = sum(model.index_increment(stretch.doubled_area, price) for stretch in stretches)
    single = model.index_increment(at_once.doubled_area, price)
    assert 0 <= abs(moved) - abs(single) < len(steps)
    assert moved * single >= 0


@settings(max_examples=300, deadline=None, database=None)
@given(sizes, scales, ratios, prices, seconds)
def test_funding_over__proportional__is_never_received_by_traders_as_a_body(
    skew: int, scale: int, most: int, price: int, elapsed: int
) -> None:
    terms = parameters(max_funding_rate=most, skew_scale=scale)
    stretch = model.funding_over(skew, 0, elapsed, terms)
    paid = skew * model.index_increment(stretch.doubled_area, price)
    rate = max(Fraction(-1), min(Fraction(skew, scale), Fraction(1))) * most
    assert paid >= 0
    assert paid >= skew * rate * price * elapsed / (WAD * DAY)
