"""What a multiplier does to positions: it binds opening at once, and makes no sound one liquidatable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from isomargin.chain import Chain
from isomargin.invariants import Monitor, raise_on_violation
from isomargin.model import Adjustment, Status
from isomargin.units import WAD, to_wad
from tests.market.conftest import isolated
from tests.market.world import World, build_world, terms_of

RAMP = 1_000
ADJUSTMENT = Adjustment(
    volatility_reference=to_wad("0.05"),
    max_multiplier=4 * WAD,
    ramp_seconds=RAMP,
)

# The usual position: 10 at 100.05, cost 1000.5. With a margin of 107.7 its equity at 100 is 107.2, and 50 are
# its maintenance: it is liquidatable there when the multiplier is above 2.144.


@pytest.fixture(scope="module")
def adjusting_world() -> World:
    return build_world(Chain(), replace(terms_of(6), adjustment=ADJUSTMENT))


@pytest.fixture
def world(adjusting_world: World) -> Iterator[World]:
    """A market whose requirements can be multiplied by up to four."""
    yield from isolated(adjusting_world)


def usual_position(world: World) -> int:
    return world.open(10 * WAD, world.tokens("108.7005"))


def multiply(world: World, multiplier: str) -> int:
    """Set the system multiplier; returns when."""
    world.chain.send(world.system.set_system_multiplier(to_wad(multiplier)))
    return world.chain.timestamp


def test_open__when_multiplied__needs_the_multiple_at_once(world: World, refused):
    multiply(world, "2")
    with refused("market: below initial margin"):
        usual_position(world)
    # 200 and what fill and fee take, 0.5 and 1.0005
    with refused("market: below initial margin"):
        world.open(10 * WAD, world.tokens("201.5005") - 1)
    world.open(10 * WAD, world.tokens("201.5005"))


def test_withdraw_margin__when_multiplied__leaves_the_multiple(world: World, refused):
    id = world.open(10 * WAD, world.tokens("301.5005"))
    multiply(world, "2")
    with refused("market: below initial margin"):
        world.act("withdraw_margin", id, world.tokens(100) + 1)
    world.act("withdraw_margin", id, world.tokens(100))


def test_liquidate__when_multiplied_and_called_in_one_block__is_refused(world: World):
    id = usual_position(world)
    system = world.system
    block = world.chain.mine(
        [system.set_system_multiplier(4 * WAD), system.liquidate(world.keeper, id)],
        timestamp=world.chain.timestamp + 12,
    )
    assert [receipt.revert_reason for receipt in block.receipts] == ["", "market: position is sound"]
    state = system.market_state()
    assert (state.opening_multiplier, state.maintenance_multiplier) == (4 * WAD, WAD)


def test_liquidate__when_ramp_has_come_to_it__succeeds_and_not_a_second_before(world: World):
    id = usual_position(world)
    start = multiply(world, "3")
    # 1 + 0.002 a second: 2.144 is reached after 572, and equality is sound
    price = world.system.liquidate(world.keeper, id)
    (sound,) = world.chain.mine([price], timestamp=start + 572).receipts
    assert sound.revert_reason == "market: position is sound"
    (below,) = world.chain.mine([price], timestamp=start + 573).receipts
    assert below.success


@pytest.mark.parametrize(
    ("size", "margin"),
    [(10 * WAD, "108.7005"), (-10 * WAD, "150"), (120 * WAD, "3000"), (-120 * WAD, "4000")],
)
def test_liquidation_price__when_multiplied__is_exact_on_the_chain(world: World, size: int, margin: str):
    id = world.open(size, world.tokens(margin))
    start = multiply(world, "1.37")
    world.chain.mine(timestamp=start + RAMP)  # from here on the multiplier stands
    price = world.position(id).liquidation_price
    liquidate = world.system.liquidate(world.keeper, id)
    sound_side = 1 if size > 0 else -1
    for at, reason in ((price + sound_side, "market: position is sound"), (price, "")):
        receipts = world.chain.mine([world.system.push_price(at), liquidate]).receipts
        assert [receipt.revert_reason for receipt in receipts] == ["", reason]


def test_observe__when_price_jumps__makes_nobody_liquidatable_in_its_block(world: World):
    id = usual_position(world)
    system, keeper = world.system, world.keeper
    world.chain.send(system.observe(keeper))
    # At 94 the equity is 47.2 of 47: sound; the jump of 6% in 12 seconds demands more.
    block = world.chain.mine(
        [system.push_price(94 * WAD), system.observe(keeper), system.liquidate(keeper, id)],
        timestamp=world.chain.timestamp + 12,
    )
    assert [receipt.revert_reason for receipt in block.receipts] == ["", "", "market: position is sound"]
    state = system.market_state()
    assert state.maintenance_multiplier == WAD
    assert WAD < state.opening_multiplier == state.volatility_multiplier < 4 * WAD
    assert world.position(id).status is Status.MARGIN_CALL
    world.chain.mine(timestamp=world.chain.timestamp + RAMP)
    assert world.position(id).status is Status.LIQUIDATABLE


def test_monitor__when_liquidated_on_the_ramp__finds_it_right(world: World):
    monitor = Monitor(world.system)
    id = usual_position(world)
    start = multiply(world, "3")
    (receipt,) = world.chain.mine([world.system.liquidate(world.keeper, id)], timestamp=start + 600).receipts
    assert receipt.success
    raise_on_violation(monitor.finish())
    assert monitor.checked["I7"] == 1
    assert monitor.checked["I10"] > 0


def test_market_state__when_not_adjusted__is_all_ones(six_decimal_world: World):
    state = six_decimal_world.system.market_state()
    multipliers = (state.opening_multiplier, state.maintenance_multiplier)
    assert (*multipliers, state.volatility_multiplier, state.system_multiplier) == (WAD,) * 4
    assert state.volatility == 0
