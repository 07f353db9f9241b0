"""Long random lives of a market: the books balance after every step, and no round trip gains."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin.model import Bracket, MarketModel, Moment, Policy, Rejected, full, target_health
from isomargin.units import WAD, to_wad
from tests.model.helpers import FAR, FLAT, NO_LIMIT, PARAMETERS, parameters
from tests.model.walk import Walk

STEPS = 6_000
TWO_STEPS = replace(
    FLAT,
    brackets=(*FLAT.brackets, Bracket(to_wad(10_000), to_wad("0.05"), to_wad("0.03"))),
)

LIVES: dict[str, tuple[int, Policy, int]] = {
    "6 decimals, target health": (6, target_health, to_wad(100)),
    "18 decimals, target health": (18, partial(target_health, health_target=to_wad("1.5")), to_wad(100)),
    "6 decimals, full": (6, full, to_wad(100)),
    "0 decimals and dust": (0, target_health, 0),
}


@pytest.mark.parametrize("life", LIVES)
def test_market__in_a_random_life__keeps_its_books(life: str) -> None:
    decimals, policy, min_notional = LIVES[life]
    terms = parameters(
        min_notional=min_notional,
        keeper_reserve=3 * 10**decimals,
        adl_threshold=10**13,  # a hundred-thousandth, so that winners are deleveraged beside a rich pool
    )
    market = MarketModel(terms, TWO_STEPS, policy, token_decimals=decimals)
    walk = Walk(market, np.random.default_rng([7, decimals, min_notional > 0]))
    for _ in range(STEPS):
        walk.step()
    _assert_lively(walk.succeeded, walk.refused, partial_expected=policy is not full)


def _assert_lively(succeeded: Counter[str], refused: Counter[str], *, partial_expected: bool) -> None:
    """A walk whose actions never succeed proves nothing."""
    names = (
        *("open", "increase", "decrease", "close", "add_margin", "withdraw", "liquidate", "donate"),
        *("approve", "deleverage", "open for another", "by a manager", "velocity", "proportional", "none"),
    )
    short_of = {name: succeeded[name] for name in names if succeeded[name] < 20}
    assert not short_of, f"too rare: {short_of} of {succeeded}"
    assert succeeded["liquidated in full"] >= 20
    assert succeeded["bankrupt"] >= 3
    assert succeeded["claim"] >= 5
    assert not partial_expected or succeeded["liquidated in part"] >= 20
    assert refused["market: not owner"] >= 10
    for reason in ("oracle: price stale", "oracle: paused", "oracle: grace after outage"):
        assert refused[reason] >= 10, reason
    for reason in ("not needed", "not in profit", "does not help"):
        assert any(told.endswith(reason) for told in refused), f"never refused: {reason}"
    assert refused["market: top-up grace"] >= 5, refused
    assert succeeded["liquidated in the grace"] >= 3


@st.composite
def _others(draw: st.DrawFn) -> list[int]:
    """Sizes of positions that stand there already."""
    return draw(st.lists(st.integers(1, 50 * WAD) | st.integers(-(50 * WAD), -1), max_size=3))


def _market_with(others: list[int], price: int, decimals: int, fee: int, velocity: int = 0) -> MarketModel:
    terms = parameters(
        trade_fee_ratio=fee,
        min_notional=0,
        max_skew=PARAMETERS.max_open_interest,
        max_funding_velocity=velocity,
    )
    market = MarketModel(terms, FLAT, token_decimals=decimals)
    unit = 10**decimals
    market.pool_deposit(10**9 * unit)
    market.token.mint("bob", 10**9 * unit)
    market.token.mint("alice", 10**9 * unit)
    for size in others:
        market.open("bob", size, 10**6 * unit, NO_LIMIT if size > 0 else 0, FAR, Moment(0, price))
    return market


@settings(max_examples=200, deadline=None, database=None)
@given(
    others=_others(),
    size=st.integers(1, 100 * WAD) | st.integers(-(100 * WAD), -1),
    shares=st.tuples(st.integers(0, 100), st.integers(0, 100)),
    price=st.integers(10**14, 1_000 * WAD),
    decimals=st.sampled_from([6, 18]),
    fee=st.sampled_from([0, 10**15]),
)
def test_round_trip__at_one_price_and_time__never_gains(
    others: list[int], size: int, shares: tuple[int, int], price: int, decimals: int, fee: int
) -> None:
    market = _market_with(others, price, decimals, fee)
    before = market.token.balance("alice")
    at = Moment(0, price)
    there, back = (NO_LIMIT, 0) if size > 0 else (0, NO_LIMIT)
    position_id = market.open("alice", size, 10**6 * 10**decimals, there, FAR, at).position_id
    more, less = (abs(size) * share // 100 for share in shares)
    if more:
        market.increase("alice", position_id, more, there, FAR, at)
    if 0 < less < abs(size) + more:
        market.decrease("alice", position_id, less, back, FAR, at)
    market.close("alice", position_id, back, FAR, at)
    assert market.token.balance("alice") <= before


@settings(max_examples=100, deadline=None, database=None)
@given(
    others=_others(),
    size=st.integers(WAD, 100 * WAD) | st.integers(-(100 * WAD), -WAD),
    cuts=st.lists(st.integers(1, 10**6), max_size=8),
    price=st.integers(WAD, 1_000 * WAD),
    velocity=st.just(0) | st.integers(1, WAD),
)
def test_funding__accrued_in_steps__is_that_of_one_step_to_a_unit_each(
    others: list[int], size: int, cuts: list[int], price: int, velocity: int
) -> None:
    end = sum(cuts) + 10**6
    in_steps, at_once = (_market_with(others, price, 6, 0, velocity) for _ in range(2))
    for market in (in_steps, at_once):
        limit = NO_LIMIT if size > 0 else 0
        market.open("alice", size, 10**12, limit, FAR, Moment(0, price))
    now = 0
    for cut in cuts:
        now += cut
        in_steps.liquidate_batch("keeper", [], Moment(now, price))
    assert in_steps.funding_until(end).scaled_rate == at_once.funding_until(end).scaled_rate
    index, single = (market.funding_index_at(price, end) for market in (in_steps, at_once))
    assert 0 <= abs(index) - abs(single) <= len(cuts)
    skew = in_steps.books.skew
    assert skew * index >= skew * single >= 0  # the rate began at nothing, so the majority pays


def test_deposit_and_withdrawal__of_margin__never_gain() -> None:
    market = _market_with([], 200 * WAD, 6, 0)
    market.open("alice", WAD, 100 * 10**6, NO_LIMIT, FAR, Moment(0, 200 * WAD))
    before = market.token.balance("alice")
    market.add_margin("alice", 1, 12_345)
    market.withdraw_margin("alice", 1, 12_345, Moment(0, 200 * WAD))
    assert market.token.balance("alice") == before
    with pytest.raises(Rejected):
        market.withdraw_margin("alice", 1, 10**9, Moment(0, 200 * WAD))
