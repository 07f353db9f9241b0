"""The bound on a liquidation bonus in a margin market: closing a part helps only above the penalty.

A long of notional N and equity E owes N - E: its loan-to-value is 1 - E / N, and a penalty f on what is
closed is a bonus of f / (1 - f), so that 1 / (1 + b) is 1 - f. Closing x leaves E - f x against N - x: with
one ratio of maintenance the margin ratio rises if and only if E / N > f, whatever x, the ratio, the
policy's target and the multiplier are; in margin ratios, above f / (k mmr). Penalty and settlement are
rounded up to token units: two of them, against x, is all that the bound moves by.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin.model import Bracket, Holding, LiquidationContext, RiskTable, target_health
from isomargin.protocol import PositionView, Sources
from isomargin.units import WAD, to_wad
from tests.market.world import World
from tests.theory.spiral_market import (
    AUDIT,
    Case,
    opened_at_ratio,
    spiral_terms,
    table,
    world_of,
)

NOTIONAL = 970_000 * WAD
TOKEN = 10**12  # WAD a token unit
FEES = [to_wad("0.003"), to_wad("0.01"), to_wad("0.025"), to_wad("0.04")]
TARGETS = [to_wad("1.05"), to_wad("1.25"), to_wad("2"), to_wad("3")]
PENALTY = to_wad("0.04")  # of the comparison of planners


def case_with(equity: int, risk: RiskTable) -> Case:
    """A long of 10,000 at 97 with this equity, WAD quote, a whole number of token units."""
    assert equity % TOKEN == 0
    cost = 1_000_000 * WAD
    holding = Holding(10_000 * WAD, cost, 0, (equity - NOTIONAL + cost) // TOKEN)
    return Case(holding, 97 * WAD, risk, spiral_terms(risk.liquidation_fee_ratio))


@pytest.mark.parametrize("fee", FEES)
@pytest.mark.parametrize("share", [100, 10, 4, 2])  # one in so many is closed
def test_partial__any_share__stands_exactly_above_the_penalty(fee: int, share: int):
    bound = NOTIONAL * fee // WAD
    rounding = 2 * share * TOKEN
    for beside in (-1_000 * WAD, -TOKEN, 0):
        assert case_with(bound + beside, table(fee)).planned(lambda asked: asked.size // share).full
    for beside in (rounding, 1_000 * WAD):
        outcome = case_with(bound + beside, table(fee)).planned(lambda asked: asked.size // share)
        assert outcome.full is False


def test_partial__upper_bracket__stands_below_the_penalty_too():
    brackets = (
        Bracket(notional_floor=0, imr=to_wad("0.05"), mmr=to_wad("0.025")),
        Bracket(notional_floor=500_000 * WAD, imr=to_wad("0.2"), mmr=to_wad("0.1")),
    )
    fee = to_wad("0.024")
    risk = table(fee, brackets=brackets)
    before, after = risk.maintenance(NOTIONAL), risk.maintenance(NOTIONAL // 2)
    assert (before, after) == (59_500 * WAD, 12_125 * WAD)
    # E > f x R / (R - R'): what closing costs, by the share of maintenance that it frees
    bound = NOTIONAL // 2 * fee // WAD * before // (before - after)
    assert bound < NOTIONAL * fee // WAD
    bound -= bound % TOKEN
    for beside, full in ((-5 * TOKEN, True), (5 * TOKEN, False)):
        assert case_with(bound + beside, risk).planned(lambda asked: asked.size // 2).full is full


@settings(max_examples=500, deadline=None, database=None)
@given(data=st.data())
def test_target_health__any_target_and_requirement__asks_for_everything_exactly_up_to_the_penalty(
    data: st.DataObject,
):
    notional = data.draw(st.integers(10**18, 10**26))
    ratio = data.draw(st.integers(to_wad("0.002"), to_wad("0.5")))
    maintenance = -(-notional * ratio // WAD)
    fee = data.draw(st.integers(1, ratio - 1))
    target = data.draw(st.integers(WAD, 10 * WAD))
    beside = data.draw(st.one_of(st.integers(-5, 5), st.integers(-(10**17), 10**17)))
    equity = min(notional * fee // WAD + beside, maintenance - 1)
    size = notional  # at a price of 1
    asked = target_health(LiquidationContext(size, WAD, notional, equity, maintenance, fee), target)
    if equity * WAD <= notional * fee:
        assert asked >= size
    elif equity * WAD >= notional * fee + 10 * WAD:  # the target is rounded up by a unit, and below 10
        assert asked < size


def left_after(world: World, seen: PositionView) -> PositionView:
    """Liquidate a position and read what is left; the model has foreseen every amount."""
    planned = Case.of(world, seen).planned(world.system.terms.policy)
    told = world.event(world.liquidate(seen.id), "PositionLiquidated")
    assert abs(told["size_delta"]) == planned.quantity
    assert (told["settlement"], told["penalty"]) == (planned.settlement, planned.penalty)
    left = world.position(seen.id)
    assert left.is_open is not planned.full
    return left


@pytest.mark.parametrize("target", TARGETS)
def test_liquidate__target_health__helps_above_the_penalty_and_closes_all_below(target: int):
    for fee in FEES:
        world = world_of(spiral_terms(fee, health_target=target))
        for beside in ("-0.002", "-0.0005", "0", "0.0005", "0.002"):
            snapshot = world.chain.snapshot()
            seen = opened_at_ratio(world, fee + to_wad(beside))
            left = left_after(world, seen)
            assert left.is_open == (to_wad(beside) > 0)
            if left.is_open:
                assert left.margin_ratio > seen.margin_ratio
                assert left.equity + 2 * TOKEN >= target * left.maintenance_margin // WAD
            world.chain.revert(snapshot)
        assert world.system.market_state().bad_debt == 0


def halving(planner: str = "") -> World:
    """A market that closes halves: by the packaged planner, or by the flawed one."""
    terms = spiral_terms(PENALTY, health_target=None, small_notional=0)
    return world_of(terms, Sources(planner=AUDIT / f"{planner}.vy") if planner else None)


@pytest.mark.parametrize(("beside", "healthier"), [("0.005", True), ("0", False), ("-0.005", False)])
def test_liquidate__half_at_the_penalty__changes_no_health_and_beyond_it_harms(beside: str, healthier: bool):
    ratio = PENALTY + to_wad(beside)
    flawed = halving("SpiralPlanner")
    seen = opened_at_ratio(flawed, ratio)
    flawed.liquidate(seen.id)
    left = flawed.position(seen.id)
    assert left.is_open
    if to_wad(beside) == 0:
        assert abs(left.margin_ratio - seen.margin_ratio) <= to_wad("0.0000001")  # of two token units
    else:
        assert (left.margin_ratio > seen.margin_ratio) is healthier

    sound = halving()
    assert left_after(sound, opened_at_ratio(sound, ratio)).is_open is healthier
    assert sound.system.market_state().bad_debt == 0


def gentle_falls(seed: int, count: int, steps: int = 16) -> list[list[int]]:
    """Prices that fall from 100 by 0.6% a step on average, WAD."""
    falls = np.random.default_rng(seed).exponential(0.006, (count, steps))
    return [[to_wad(round(price, 6)) for price in (100 * np.exp(-np.cumsum(row))).tolist()] for row in falls]


def bad_debt_along(world: World, prices: list[int]) -> int:
    """A long of a million with 62,000, liquidated once at each price at which it is due; WAD quote."""
    snapshot = world.chain.snapshot()
    world.push(100 * WAD)
    id = world.open(10_000 * WAD, world.tokens(62_000))
    for price in prices:
        world.push(price)
        seen = world.position(id)
        if seen.is_open and seen.equity < seen.maintenance_margin:
            world.liquidate(id)
    bad_debt = world.system.market_state().bad_debt
    world.chain.revert(snapshot)
    return bad_debt


def test_paths__falling_slowly__stopping_at_the_bound_leaves_no_bad_debt():
    sound, flawed, paths = halving(), halving("SpiralPlanner"), gentle_falls(2022, 30)
    stopping = [bad_debt_along(sound, prices) for prices in paths]
    going_on = [bad_debt_along(flawed, prices) for prices in paths]
    assert all(kept <= lost for kept, lost in zip(stopping, going_on, strict=True))
    assert sum(lost > 0 for lost in going_on) >= 10
    assert sum(stopping) == 0
