"""The multipliers of the model: volatility against real numbers, the climb by hand, the market that obeys."""

from __future__ import annotations

from dataclasses import replace
from math import exp, isclose, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isomargin.errors import InputError
from isomargin.model import Adjustment, Climb, MarketModel, Moment, Multipliers, Rejected
from isomargin.units import WAD, to_wad
from tests.model.helpers import FAR, NO_LIMIT, PARAMETERS, STEPPED, TOKEN, at

DAY = 86_400
TERMS = Adjustment(
    volatility_reference=to_wad("0.05"), max_multiplier=4 * WAD, volatility_memory=DAY, ramp_seconds=1_000
)


# Terms


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"volatility_reference": 11 * WAD}, "volatility_reference: expected from 0 to 10, found 11"),
        ({"volatility_cap": WAD // 2}, "volatility_cap: expected from 1 to 10, found 0.5"),
        ({"system_multiplier": 0}, "system_multiplier: expected from 1 to 10, found 0"),
        ({"max_multiplier": 12 * WAD}, "max_multiplier: expected from 1 to 10, found 12"),
        ({"volatility_memory": 0}, "volatility_memory: expected 1 to 4294967295, found 0"),
        ({"ramp_seconds": 2**32}, "ramp_seconds: expected 1 to 4294967295, found 4294967296"),
    ],
)
def test_adjustment__when_out_of_range__then_refused_with_what_was_expected(change, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        replace(TERMS, **change)


@pytest.mark.parametrize(
    ("deviation", "system", "target"),
    [
        ("0", "1", "1"),
        ("0.05", "1", "1"),
        ("0.075", "1", "1.5"),
        ("0.075", "2", "3"),
        ("0.2", "1", "3"),  # the volatility cap
        ("0.2", "2", "4"),  # the largest product
    ],
)
def test_target__by_hand__is_the_product_within_both_caps(deviation, system, target):
    terms = replace(TERMS, system_multiplier=to_wad(system))
    assert terms.target(to_wad(deviation)) == to_wad(target)


def test_check_multiplier__when_it_could_reach_the_notional__then_refused():
    STEPPED.check_multiplier(10 * WAD - 1)
    with pytest.raises(
        InputError, match=r"^max_multiplier: expected below 10, one over the last mmr, found 10$"
    ):
        STEPPED.check_multiplier(10 * WAD)


# Volatility


@given(
    st.lists(st.tuples(st.integers(1, 3 * DAY), st.integers(50, 150)), min_size=1, max_size=20),
    st.integers(60, 10 * DAY),
)
def test_observed__any_prices__is_the_exponential_variance_of_real_numbers(steps, memory):
    state = Multipliers.begin(replace(TERMS, volatility_memory=memory), 0).observed(100 * WAD, 1)
    now, price, variance = 1, 100, 0.0
    for elapsed, next_price in steps:
        now += elapsed
        kept = (memory / (memory + 1)) ** elapsed
        variance = variance * kept + ((next_price - price) / price) ** 2 * DAY / elapsed * (1 - kept)
        price = next_price
        state = state.observed(price * WAD, now)
        assert isclose(state.variance / WAD, min(variance, 100), rel_tol=1e-6, abs_tol=1e-9)
        variance = state.variance / WAD
        assert isclose(state.deviation / WAD, sqrt(variance), rel_tol=1e-6, abs_tol=1e-9)


def test_observed__after_one_memory_of_calm__keeps_a_share_of_one_over_e():
    wild = Multipliers.begin(TERMS, 0).observed(100 * WAD, 1).observed(120 * WAD, 601)
    once = wild.observed(120 * WAD, 601 + DAY)
    assert isclose(once.variance / wild.variance, exp(-1), rel_tol=1e-5)
    often = wild
    for minute in range(1, DAY // 60 + 1):
        often = often.observed(120 * WAD, 601 + 60 * minute)
    assert isclose(often.variance, once.variance, rel_tol=1e-12)


def test_observed__second_time_at_one_timestamp__is_the_same_state():
    state = Multipliers.begin(TERMS, 0).observed(100 * WAD, 5)
    assert state.observed(200 * WAD, 5) is state


# The climb


def test_climb__half_way__turns_up_no_slower_and_down_at_once():
    climb = Climb(WAD, WAD, 0, 0).retargeted(3 * WAD, 100, 1_000)
    assert climb == Climb(WAD, 3 * WAD, 100, WAD // 500)
    assert climb.height(600) == 2 * WAD
    nudged = climb.retargeted(3 * WAD + 1, 600, 1_000)
    assert nudged == Climb(2 * WAD, 3 * WAD + 1, 600, WAD // 500)  # its own 1,000 seconds would be slower
    steeper = climb.retargeted(6 * WAD, 600, 1_000)
    assert steeper == Climb(2 * WAD, 6 * WAD, 600, WAD // 250)
    nearer = climb.retargeted(to_wad("2.5"), 600, 1_000)
    assert nearer.height(849) == to_wad("2.498")
    assert nearer.height(850) == nearer.height(9_999) == to_wad("2.5")
    assert climb.retargeted(to_wad("1.5"), 600, 1_000) == Climb(to_wad("1.5"), to_wad("1.5"), 600, 0)


def test_climb__ended__starts_the_next_at_its_own_pace():
    ended = Climb(WAD, 3 * WAD, 0, WAD)
    assert ended.retargeted(4 * WAD, 10, 1_000).rise == WAD // 1_000


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(WAD, 4 * WAD)), min_size=1, max_size=30),
    st.integers(1, 1_000),
)
def test_climb__any_retargets__neither_jumps_up_nor_is_held_up(changes, ramp):
    climb, now = Climb(), 0
    for elapsed, target in changes:
        now += elapsed
        reached = climb.height(now)
        climb = climb.retargeted(target, now, ramp)
        assert climb.height(now) == min(reached, target)
        assert climb.height(now + ramp) == target
        assert climb.rise <= -(-3 * WAD // ramp)  # the whole range never comes in less than a ramp


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, WAD)), min_size=1, max_size=30))
def test_climb__higher_and_higher_targets__is_never_below_the_first_climb(rises):
    first = climb = Climb().retargeted(2 * WAD, 0, 1_000)
    now, target = 0, 2 * WAD
    for elapsed, more in rises:
        now += elapsed
        target += more // 1_000
        climb = climb.retargeted(target, now, 1_000)
        assert all(climb.height(now + later) >= first.height(now + later) for later in (0, 1, 500, 1_000))


# The market


@pytest.fixture
def market() -> MarketModel:
    """Alice is long ten since 200: cost 2010, margin 97.99; equity at 200 is 87.99 and maintenance 40."""
    market = MarketModel(PARAMETERS, STEPPED, adjustment=TERMS)
    for account in ("alice", "keeper"):
        market.token.mint(account, 1_000 * TOKEN)
    market.pool_deposit(1_000_000 * TOKEN)
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    return market


def test_set_system_multiplier__when_doubled__then_opening_needs_it_at_once(market):
    # 2000 need 20 and 5% of 1000: 70; a fill near 203 leaves 100 - 3.. - 30 = some 67 of margin 100
    market.open("keeper", to_wad(10), 110 * TOKEN, NO_LIMIT, FAR, at(200))
    market.set_system_multiplier("admin", 2 * WAD, at(200))
    with pytest.raises(Rejected, match="below initial margin"):
        market.open("keeper", to_wad(10), 130 * TOKEN, NO_LIMIT, FAR, at(200))
    market.open("keeper", to_wad(10), 210 * TOKEN, NO_LIMIT, FAR, at(200))


def test_set_system_multiplier__when_tripled__then_liquidatable_only_on_the_ramp(market):
    market.set_system_multiplier("admin", 3 * WAD, at(200, 0))
    # 40 * (1 + 0.002 t) > 87.99 and a little funding paid from t = 600 on
    assert not market.is_liquidatable(1, 200 * WAD, 0)
    assert not market.is_liquidatable(1, 200 * WAD, 598)
    assert market.is_liquidatable(1, 200 * WAD, 601)
    result = market.liquidate("keeper", 1, at(200, 601))
    assert result.outcome.quantity > 0


def test_set_system_multiplier__when_not_admin__then_refused(market):
    with pytest.raises(Rejected, match="ownable: caller is not the owner"):
        market.set_system_multiplier("alice", 2 * WAD, at(200))


def test_observe__when_price_is_good_or_bad__then_says_whether_it_counted(market):
    assert market.observe("anyone", at(200, 1)) is True
    assert market.observe("anyone", at(200, 1)) is False
    assert market.observe("anyone", Moment(2, 0, "oracle: price stale")) is False
    assert market.observe("anyone", at(220, 601)) is True
    assert market.multipliers.for_opening > WAD == market.multipliers.for_maintenance(601)
