"""Each line of the arithmetic: numbers worked by hand, and exact rationals that bound the rounding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin import model
from isomargin.model import Status
from isomargin.units import WAD, to_wad

SCALE = 10**12  # a token of six decimals

sizes = st.integers(-(10**26), 10**26)
prices = st.integers(1, 10**24)
costs = st.integers(-(10**32), 10**32)
indices = st.integers(-(10**24), 10**24)
ratios = st.integers(0, WAD)
scales = st.integers(1, 10**26)
parts = st.integers(1, 10**26)


@pytest.mark.parametrize(
    ("division", "negative", "positive", "exact"),
    [(model.floor_div, -4, 3, -3), (model.ceil_div, -3, 4, -3), (model.away_div, -4, 4, -3)],
)
def test_division__by_two__rounds_its_way(
    division: Callable[[int, int], int], negative: int, positive: int, exact: int
) -> None:
    assert division(-7, 2) == negative
    assert division(7, 2) == positive
    assert division(-6, 2) == exact
    assert division(0, 2) == 0


def test_tokens__of_part_of_a_unit__round_down_or_up() -> None:
    assert model.to_tokens(SCALE - 1, SCALE) == 0
    assert model.to_tokens(-1, SCALE) == -1
    assert model.to_tokens_up(1, SCALE) == 1
    assert model.to_tokens_up(-1, SCALE) == 0
    assert model.to_tokens(3 * SCALE, SCALE) == model.to_tokens_up(3 * SCALE, SCALE) == 3


def test_value__of_long_and_short__is_signed_and_rounds_down() -> None:
    assert model.value(to_wad("1.5"), to_wad(200)) == to_wad(300)
    assert model.value(-to_wad("1.5"), to_wad(200)) == -to_wad(300)
    assert model.value(1, 1) == 0
    assert model.value(-1, 1) == -1


def test_notional__of_dust__is_the_magnitude_of_the_value() -> None:
    assert model.notional(1, 1) == 0
    assert model.notional(-1, 1) == 1
    assert model.notional(-to_wad(2), to_wad(200)) == to_wad(400)


def test_unrealised_pnl__after_a_rise_of_ten__is_twenty_for_a_long_of_two() -> None:
    assert model.unrealised_pnl(to_wad(2), to_wad(380), to_wad(200)) == to_wad(20)
    assert model.unrealised_pnl(-to_wad(2), -to_wad(380), to_wad(200)) == -to_wad(20)


def test_accrued_funding__index_up_by_two__long_of_three_owes_six() -> None:
    assert model.accrued_funding(to_wad(3), to_wad(7), to_wad(5)) == to_wad(6)
    assert model.accrued_funding(-to_wad(3), to_wad(7), to_wad(5)) == -to_wad(6)
    assert model.accrued_funding(1, 1, 0) == 1
    assert model.accrued_funding(-1, 1, 0) == 0


def test_equity__of_margin_profit_and_debt__adds_up() -> None:
    equity = model.equity(100 * 10**6, SCALE, to_wad(20), to_wad(6))
    assert equity == to_wad(114)
    assert model.net_cash(equity, to_wad(400)) == -to_wad(286)


def test_fill_price__with_skew_of_five_percent__moves_with_the_trade() -> None:
    price, skew, scale = to_wad(200), to_wad(50), to_wad(1_000)
    assert model.fill_price(price, skew, to_wad(20), scale) == to_wad(212)
    assert model.fill_price(price, skew, -to_wad(20), scale) == to_wad(208)
    assert model.fill_price(price, -skew, to_wad(20), scale) == to_wad(192)
    assert model.fill_price(1, 0, 1, WAD) == 2
    assert model.fill_price(1, 0, -1, WAD) == 0


def test_trade__of_twenty__costs_size_times_fill_and_a_thousandth() -> None:
    assert model.trade_cost(to_wad(20), to_wad(212)) == to_wad(4_240)
    assert model.trade_cost(-to_wad(20), to_wad(208)) == -to_wad(4_160)
    assert model.trade_cost(1, 1) == 1
    assert model.trade_cost(-1, 1) == 0
    assert model.trade_fee(to_wad(4_240), to_wad("0.001")) == to_wad("4.24")
    assert model.trade_fee(-to_wad(4_160), to_wad("0.001")) == to_wad("4.16")
    assert model.trade_fee(1, 1) == 1


def test_realised_pnl__of_a_quarter_sold_at_220__is_forty() -> None:
    removed = model.cost_removed(to_wad(4_240), to_wad(5), to_wad(20))
    assert removed == to_wad(1_060)
    assert model.realised_pnl(-to_wad(1_100), removed) == to_wad(40)
    assert model.cost_removed(10, 1, 3) == 4
    assert model.cost_removed(-10, 1, -3) == -3


def test_premium__of_a_skew_of_six_in_a_thousand__is_what_its_opening_cost_beyond_the_price() -> None:
    # Six bought from nothing at 200 fill at 200 x (1 + 3 / 1000) = 200.6: 3.6 beyond 1200.
    assert model.premium(to_wad(6), to_wad(200), to_wad(1_000)) == to_wad("3.6")
    assert model.premium(-to_wad(6), to_wad(200), to_wad(1_000)) == to_wad("3.6")
    assert model.premium(0, to_wad(200), to_wad(1_000)) == 0
    assert model.premium(1, 1, WAD) == 1  # a trace of it is a whole unit


def test_trader_claims__of_a_long_and_a_short__is_what_both_would_take_leaving() -> None:
    # Long 10 bought at 190, short 4 sold at 200, index up by 2: 100 - 20 and 0 + 8, and a premium of 3.6.
    claims = model.trader_claims(to_wad(6), to_wad(1_100), 0, to_wad(200), to_wad(2), to_wad(1_000))
    assert claims == to_wad("91.6")


def test_total_assets__of_a_thousand_in_cash__is_what_traders_leave() -> None:
    cash = 1_000 * 10**6
    assert model.total_assets(cash, SCALE, to_wad("88.0000005")) == 911_999_999
    assert model.total_assets(cash, SCALE, -to_wad(5)) == 1_005 * 10**6
    assert model.total_assets(cash, SCALE, to_wad(1_001)) == 0


def test_reserved__for_ten_long_and_four_short__is_a_tenth_of_the_longs() -> None:
    assert model.reserved(to_wad(10), to_wad(4), to_wad(200), to_wad("0.1")) == to_wad(200)
    assert model.reserved(0, 1, 1, 1) == 1


@pytest.mark.parametrize(
    ("equity", "expected"),
    [
        ("120", Status.HEALTHY),
        ("119.999999999999999999", Status.MARGIN_CALL),
        ("100", Status.MARGIN_CALL),
        ("99.999999999999999999", Status.LIQUIDATABLE),
        ("0.000000000000000001", Status.LIQUIDATABLE),
        ("0", Status.INSOLVENT),
        ("-1", Status.INSOLVENT),
    ],
)
def test_status__around_its_borders__equality_is_safe(equity: str, expected: Status) -> None:
    assert model.status(to_wad(equity), to_wad(100), to_wad("1.2")) is expected


def test_status__without_notional__is_insolvent_without_equity_and_healthy_with_any() -> None:
    assert model.status(0, 0, to_wad("1.2")) is Status.INSOLVENT
    assert model.status(1, 0, to_wad("1.2")) is Status.HEALTHY


# Against exact rationals


def _larger_side(longs: int, shorts: int, price: int) -> Fraction:
    return Fraction(max(longs, shorts) * price, WAD)


@dataclass(frozen=True)
class Rounded:
    """A formula, its exact value, how far above and below that it may be, and what it is fed with."""

    formula: Callable[..., int]
    exact: Callable[..., Fraction]
    way: str
    arguments: tuple[st.SearchStrategy[Any], ...]


ROUNDED = {
    "value": Rounded(model.value, lambda s, p: Fraction(s * p, WAD), "down", (sizes, prices)),
    "accrued_funding": Rounded(
        model.accrued_funding,
        lambda s, new, old: Fraction(s * (new - old), WAD),
        "up",
        (sizes, indices, indices),
    ),
    "fill_price, buying": Rounded(
        model.fill_price,
        lambda p, skew, d, k: p * (1 + (Fraction(skew) + Fraction(d, 2)) / k),
        "up",
        (prices, sizes, parts, scales),
    ),
    "fill_price, selling": Rounded(
        model.fill_price,
        lambda p, skew, d, k: p * (1 + (Fraction(skew) + Fraction(d, 2)) / k),
        "down",
        (prices, sizes, parts.map(lambda part: -part), scales),
    ),
    "trade_cost": Rounded(model.trade_cost, lambda d, p: Fraction(d * p, WAD), "up", (sizes, prices)),
    "trade_fee": Rounded(model.trade_fee, lambda c, r: Fraction(abs(c) * r, WAD), "up", (costs, ratios)),
    "cost_removed": Rounded(
        model.cost_removed, lambda c, q, s: Fraction(c * q, abs(s)), "up", (costs, parts, sizes.filter(bool))
    ),
    "to_tokens": Rounded(model.to_tokens, Fraction, "down", (costs, st.just(SCALE))),
    "to_tokens_up": Rounded(model.to_tokens_up, Fraction, "up", (costs, st.just(SCALE))),
}


@pytest.mark.parametrize("name", ROUNDED)
def test_rounding__against_exact_rationals__errs_by_less_than_a_unit_its_own_way(name: str) -> None:
    case = ROUNDED[name]

    @settings(max_examples=150, deadline=None, database=None)
    @given(st.tuples(*case.arguments))
    def check(arguments: tuple[int, ...]) -> None:
        exact = case.exact(*arguments)
        error = case.formula(*arguments) - exact
        assert abs(error) < 1
        if case.way == "up":
            assert error >= 0
        elif case.way == "down":
            assert error <= 0
        else:
            assert error * exact >= 0

    check()


@settings(max_examples=200, deadline=None, database=None)
@given(
    st.lists(st.tuples(sizes, costs, indices), min_size=1, max_size=8),
    prices,
    indices,
    scales,
)
def test_trader_claims__against_every_position__never_understates_what_they_are_owed(
    positions: list[tuple[int, int, int]], price: int, index: int, scale: int
) -> None:
    skew = sum(size for size, _, _ in positions)
    cost_sum = sum(cost for _, cost, _ in positions)
    basis = sum(size * touched for size, _, touched in positions)
    claims = model.trader_claims(skew, cost_sum, basis, price, index, scale)
    exact = Fraction(0)
    for size, cost, touched in positions:
        exact += Fraction(size * (price - index + touched), WAD) - cost
    premium = Fraction(price * skew * skew, 2 * WAD * scale)
    each = sum(
        model.unrealised_pnl(size, cost, price) - model.accrued_funding(size, index, touched)
        for size, cost, touched in positions
    )
    assert exact + premium <= claims < exact + premium + 3 + Fraction(abs(skew), 2 * scale)
    assert each <= exact <= each + 2 * len(positions)


@given(
    st.lists(st.tuples(sizes, costs, indices, st.integers(0, 10**20)), min_size=1, max_size=6),
    prices,
    indices,
)
def test_equity_sum__against_every_position__is_above_by_less_than_two_each(
    positions: list[tuple[int, int, int, int]], price: int, index: int
) -> None:
    one_by_one = sum(
        model.equity(
            margin, SCALE, model.value(size, price) - cost, model.accrued_funding(size, index, touched)
        )
        for size, cost, touched, margin in positions
    )
    together = model.equity_sum(
        sum(margin for *_, margin in positions) * SCALE,
        sum(size for size, *_ in positions),
        sum(cost for _, cost, *_ in positions),
        sum(size * touched for size, _, touched, _ in positions),
        price,
        index,
    )
    assert 0 <= together - one_by_one < 2 * len(positions)


@settings(max_examples=200, deadline=None, database=None)
@given(scales, scales, prices, ratios)
def test_reserved__against_exact_rationals__is_never_below(
    longs: int, shorts: int, price: int, ratio: int
) -> None:
    exact = _larger_side(longs, shorts, price) * ratio / WAD
    assert exact <= model.reserved(longs, shorts, price, ratio) < exact + 2


# What the roundings and the fill price are for


@settings(max_examples=300, deadline=None, database=None)
@given(prices, sizes, sizes, sizes, st.integers(10**15, 10**26))
def test_fill_price__of_a_trade_in_two_parts__costs_what_one_costs(
    price: int, skew: int, first: int, second: int, scale: int
) -> None:
    def cost(delta: int, skew_before: int) -> int:
        return model.trade_cost(delta, model.fill_price(price, skew_before, delta, scale))

    def exact(delta: int) -> Fraction:
        return Fraction(delta * price, WAD) * (1 + (Fraction(skew) + Fraction(delta, 2)) / scale)

    dust = Fraction(abs(first) + abs(second) + abs(first + second), WAD) + 2
    apart = cost(first, skew) + cost(second, skew + first)
    assert exact(first + second) <= apart <= exact(first + second) + dust
    assert abs(apart - cost(first + second, skew)) <= dust


@settings(max_examples=300, deadline=None, database=None)
@given(prices, sizes, sizes, st.integers(10**15, 10**26))
def test_fill_price__there_and_back__never_gains(price: int, skew: int, delta: int, scale: int) -> None:
    there = model.trade_cost(delta, model.fill_price(price, skew, delta, scale))
    back = model.trade_cost(-delta, model.fill_price(price, skew + delta, -delta, scale))
    assert there + back >= 0
