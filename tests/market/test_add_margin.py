"""Adding margin: by anyone, at any time, for what arrives."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from isomargin.units import WAD
from tests.market.world import World


def test_add_margin__owner__raises_the_margin_by_the_amount(any_world: World):
    world = any_world
    id = world.open(10 * WAD, world.tokens(200))
    before, seen = world.balances(), world.position(id)
    receipt = world.act("add_margin", id, world.tokens("12.5"))
    after = world.position(id)
    assert after.margin == seen.margin + world.tokens("12.5") == world.tokens("211.4995")
    assert (after.size, after.cost, after.funding_index) == (seen.size, seen.cost, seen.funding_index)
    assert world.moved(before) == {"trader": -world.tokens("12.5")}
    assert world.event(receipt, "MarginAdded") == {
        "id": id,
        "payer": world.trader,
        "amount": world.tokens("12.5"),
        "margin": world.tokens("211.4995"),
    }


def test_add_margin__somebody_else__pays_for_the_owner(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    before = world.balances()
    receipt = world.act("add_margin", id, 1, sender=world.rival)
    assert world.event(receipt, "MarginAdded")["payer"] == world.rival
    assert world.moved(before) == {"rival": -1}
    assert world.position(id).margin == world.tokens("198.9995") + 1
    assert world.position(id).owner == world.trader


def pause(world: World) -> None:
    world.act("pause_opening", sender=world.system.guardian)


def spoil(world: World) -> None:
    world.spoil_price()


def fall_below_zero(world: World) -> None:
    world.push("50")


@pytest.mark.parametrize("trouble", [pause, spoil, fall_below_zero])
def test_add_margin__in_trouble__never_stops(world: World, trouble: Callable[[World], None]):
    id = world.open(10 * WAD, world.tokens(200))
    trouble(world)
    margin = world.position(id).margin
    receipt = world.act("add_margin", id, world.tokens(1))
    assert world.position(id).margin == margin + world.tokens(1)
    assert [event.name for event in world.events(receipt)] == ["MarginAdded"]  # no price, no accrual


def test_add_margin__everything_wrong__is_refused_in_the_stated_order(world: World, refused):
    with refused("market: no such position"):
        world.act("add_margin", 1, 0)
    id = world.open(10 * WAD, world.tokens(200))
    with refused("market: amount is zero"):
        world.act("add_margin", id, 0)
    with refused("erc20: insufficient allowance"):
        world.act("add_margin", id, 1, sender=world.stranger)
    with refused("erc20: transfer amount exceeds balance"):
        world.act("add_margin", id, world.tokens(2_000_000))
    world.close(id)
    with refused("market: no such position"):
        world.act("add_margin", id, 1)
