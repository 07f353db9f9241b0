"""What the market does with the three faces of the price: an oracle of the test's own says what it wants."""

from __future__ import annotations

from pathlib import Path

import pytest

from isomargin.chain import Contract
from isomargin.contracts import compile_contract
from isomargin.units import WAD, to_wad
from tests.market.test_liquidate import usual_position
from tests.market.world import World

# The usual position is below maintenance at 93 and sound from about 94 up: see test_liquidate.

PAUSED = "oracle: paused"


@pytest.fixture
def oracle(world: World) -> Contract:
    """An oracle at 100 that refuses nothing, in place of the market's own."""
    contract = world.chain.deploy(
        compile_contract(Path(__file__).with_name("ChosenOracle.vy")), sender=world.system.admin
    )
    world.act("set_oracle", contract.address, sender=world.system.admin)
    choose(world, contract, "price", 100 * WAD, "")
    return contract


def choose(world: World, oracle: Contract, what: str, *args: object) -> None:
    oracle.transact(f"choose_{what}", *args, sender=world.stranger)


def test_liquidate__in_the_grace_and_sound_before__is_refused(world: World, oracle: Contract, refused):
    id = usual_position(world)
    choose(world, oracle, "price", 93 * WAD, "")
    choose(world, oracle, "grace", True, 100 * WAD)
    with refused("market: top-up grace"):
        world.liquidate(id)
    choose(world, oracle, "grace", False, 0)
    world.liquidate(id)


def test_liquidate__in_the_grace_but_below_maintenance_before__takes_effect(world: World, oracle: Contract):
    id = usual_position(world)
    choose(world, oracle, "price", 93 * WAD, "")
    choose(world, oracle, "grace", True, to_wad("93.5"))  # equity 42.2 against 46.75
    world.liquidate(id)
    assert world.position(id).size == 6 * WAD


def test_liquidate__in_the_grace_with_equality_before__is_refused(world: World, oracle: Contract, refused):
    # Equity 107.7 + 10 p - 1000.5 equals 0.5 p at p = 892.8 / 9.5; one unit lower it is below maintenance.
    id = usual_position(world)
    choose(world, oracle, "price", 90 * WAD, "")
    line = world.position(id).liquidation_price
    assert line == to_wad("892.8") * 10 // 95
    choose(world, oracle, "grace", True, line + 1)
    with refused("market: top-up grace"):
        world.liquidate(id)
    choose(world, oracle, "grace", True, line)
    world.liquidate(id)


def test_liquidate__in_the_grace_with_no_price_known_before__is_refused(world: World, oracle, refused):
    id = usual_position(world)
    choose(world, oracle, "price", 50 * WAD, "")
    choose(world, oracle, "grace", True, 0)
    with refused("market: top-up grace"):
        world.liquidate(id)


def test_liquidate__in_the_grace_but_sound_now__says_so(world: World, oracle: Contract, refused):
    id = usual_position(world)
    choose(world, oracle, "grace", True, 93 * WAD)
    with refused("market: position is sound"):
        world.liquidate(id)


def test_liquidate_batch__in_the_grace__takes_only_who_was_below_before(world: World, oracle: Contract):
    sound = world.open(10 * WAD, world.tokens("118.7005"))
    weak = usual_position(world)
    choose(world, oracle, "price", 90 * WAD, "")
    choose(world, oracle, "grace", True, to_wad("93.5"))
    snapshot = world.chain.snapshot()
    assert world.market.call("liquidate_batch", [sound, weak], sender=world.keeper) == 1
    world.chain.revert(snapshot)
    world.act("liquidate_batch", [sound, weak], sender=world.keeper)
    assert world.position(sound).size == 10 * WAD
    assert world.position(weak).size < 10 * WAD


def test_entry_refused__enlarging_and_withdrawing_stop__leaving_and_topping_up_go_on(
    world: World, oracle: Contract, refused
):
    id = world.open(10 * WAD, world.tokens(300))
    choose(world, oracle, "refusals", PAUSED, "")
    for enter in (
        lambda: world.open(10 * WAD, world.tokens(200)),
        lambda: world.increase(id, WAD),
        lambda: world.act("withdraw_margin", id, 1),
    ):
        with refused(PAUSED):
            enter()
    world.act("add_margin", id, 1)
    world.decrease(id, WAD)
    world.close(id)


def test_forced_refused__liquidating_and_deleveraging_stop__leaving_goes_on(
    world: World, oracle: Contract, refused
):
    world.set_parameters(adl_threshold=1)
    loser = usual_position(world)
    winner = world.open(-10 * WAD, world.tokens(200), sender=world.rival)
    choose(world, oracle, "price", 93 * WAD, "")
    choose(world, oracle, "refusals", "", PAUSED)
    for force in (
        lambda: world.liquidate(loser),
        lambda: world.act("liquidate_batch", [loser], sender=world.keeper),
        lambda: world.act("deleverage", winner, 2**255, sender=world.keeper),
    ):
        with refused(PAUSED):
            force()
    world.close(winner, sender=world.rival)
    world.close(loser)


def test_price_refused__only_topping_up_goes_on(world: World, oracle: Contract, refused):
    id = world.open(10 * WAD, world.tokens(300))
    choose(world, oracle, "price", 93 * WAD, "oracle: price stale")
    for act in (
        lambda: world.open(10 * WAD, world.tokens(200)),
        lambda: world.decrease(id, WAD),
        lambda: world.close(id),
        lambda: world.liquidate(id),
        lambda: world.act("deleverage", id, 0),
        lambda: world.act("withdraw_margin", id, 1),
    ):
        with refused("oracle: price stale"):
            act()
    world.act("add_margin", id, 1)
