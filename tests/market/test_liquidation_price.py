"""The liquidation price on the chain: there a position is liquidatable, one unit to the sound side it is not.

Positions are drawn at random, of any size within the caps, either side, with margins from the least possible
to more than can be lost, some of them old enough to owe or to be due funding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from isomargin.chain import Chain
from isomargin.model import RiskTable, bankruptcy_price, notional
from isomargin.protocol import PositionView
from isomargin.units import WAD, to_wad
from tests.market.world import RISK, World, build_world, terms_of

POSITIONS = 125  # of each world; 500 in all
PAGE = 25
LIQUIDATED = 12  # of each world, for good
BRACKETS = [(0, "0.02", "0.01"), (5_000, "0.05", "0.025"), (20_000, "0.1", "0.05"), (80_000, "0.3", "0.15")]


@pytest.fixture(
    scope="module", params=[(6, 1), (18, 2), (6, 3), (18, 4)], ids=lambda case: f"{case[0]}-{case[1]}"
)
def crowd(request: pytest.FixtureRequest) -> World:
    """A market with many positions of all kinds."""
    decimals, seed = request.param
    terms = terms_of(decimals, max_funding_rate=to_wad("0.2"), max_open_interest=9_999 * WAD, reserve_ratio=0)
    terms = replace(terms, risk=risk_table())
    world = build_world(Chain(), replace(terms, parameters=replace(terms.parameters, max_skew=9_999 * WAD)))
    rng = np.random.default_rng(seed)
    skew, price = 0, terms.first_price
    for number in range(POSITIONS):
        if number % PAGE == 0:
            world.chain.mine(timestamp=world.chain.timestamp + 20_000)
            price = int(rng.integers(97 * 10**9, 103 * 10**9)) * 10**9 + int(rng.integers(0, 10**9))
            world.push(price)
        skew += open_at_random(world, rng, price, 1 if skew < 0 else -1)  # so that no side runs into its cap
    assert world.system.last_id() == POSITIONS
    # From here on funding stands still, so that equity moves with the price alone; what has accrued stays
    # owed.
    world.set_parameters(max_funding_rate=0, reserve_ratio=0)
    return world


def risk_table() -> RiskTable:
    bracket = type(RISK.brackets[0])
    rows = tuple(bracket(floor * WAD, to_wad(imr), to_wad(mmr)) for floor, imr, mmr in BRACKETS)
    return RiskTable(rows, max_notional=10**6 * WAD, liquidation_fee_ratio=to_wad("0.005"))


def open_at_random(world: World, rng: np.random.Generator, price: int, side: int) -> int:
    """Open at a notional from 110 to 60,000 and a leverage from the highest down; returns the size."""
    quote = int(np.exp(rng.uniform(np.log(110), np.log(60_000))) * 10**9) * WAD // 10**9
    size = side * (quote * WAD // price)
    needed = risk_table().initial(notional(size, price))
    impact = quote * (quote * WAD // price) // (10_000 * WAD) + quote // 100 + WAD
    margin = needed + impact + int(quote * rng.choice([0.0, rng.uniform(0, 0.1), rng.uniform(0, 1.5)]))
    world.opened(size, margin // world.scale + 1, sender=str(rng.choice([world.trader, world.rival])))
    return size


@pytest.fixture(autouse=True)
def isolation(crowd: World) -> Iterator[None]:
    snapshot = crowd.chain.snapshot()
    yield
    crowd.chain.revert(snapshot)


def views(world: World) -> list[PositionView]:
    return world.system.positions(range(1, POSITIONS + 1))


def sound_side(view: PositionView) -> int:
    return 1 if view.size > 0 else -1


def test_crowd__drawn__is_of_all_kinds(crowd: World):
    seen = views(crowd)
    longs = [view for view in seen if view.size > 0]
    assert 30 < len(longs) < POSITIONS - 30
    assert min(view.notional for view in seen) < 300 * WAD
    assert max(view.notional for view in seen) > 30_000 * WAD
    assert any(view.accrued_funding > 0 for view in seen)
    assert any(view.accrued_funding < 0 for view in seen)
    assert any(view.liquidation_price == 0 for view in longs)


def test_liquidation_price__every_position__is_the_closed_form_of_the_model(crowd: World):
    table = risk_table()
    for view in views(crowd):
        net_cash = view.equity - (view.notional if view.size > 0 else -view.notional)
        assert view.liquidation_price == table.liquidation_price(view.size, net_cash)
        assert view.bankruptcy_price == bankruptcy_price(view.size, net_cash)


def test_liquidation_price__every_position__separates_sound_from_liquidatable(crowd: World):
    checked = 0
    for view in views(crowd):
        if view.liquidation_price:
            crowd.push(view.liquidation_price)
            assert judged_liquidatable(crowd, view), f"sound at its liquidation price: {view}"
            crowd.push(view.liquidation_price + sound_side(view))
            assert not judged_liquidatable(crowd, view), f"liquidatable a unit before: {view}"
            checked += 1
    assert checked > POSITIONS * 3 // 4


def judged_liquidatable(world: World, view: PositionView) -> bool:
    return bool(world.system.lens.call("liquidatable", view.id, 1) == (view.id,))


def test_liquidation_price__position_that_has_none__is_sound_at_the_least_price(crowd: World):
    crowd.push(2)  # the bounds of the oracle exclude 1
    without = [view for view in views(crowd) if view.liquidation_price == 0]
    assert without
    assert not set(crowd.system.liquidatable()) & {view.id for view in without}


def test_liquidation_price__reached__lets_the_market_liquidate_and_not_before(crowd: World, refused):
    for view in views(crowd)[:: POSITIONS // LIQUIDATED]:
        price = crowd.position(view.id).liquidation_price
        if price:
            crowd.push(price + sound_side(view))
            with refused("market: position is sound"):
                crowd.liquidate(view.id)
            crowd.push(price)
            receipt = crowd.liquidate(view.id)
            assert crowd.event(receipt, "PositionLiquidated")["price"] == price
            assert abs(crowd.position(view.id).size) < abs(view.size)
