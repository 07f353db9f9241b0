"""Taking margin out: as far as the initial margin of the rest, and every reason to refuse."""

from __future__ import annotations

from isomargin.units import WAD, to_wad
from tests.market.world import World

# Opened: 10 at 100.05, cost 1000.5, margin 198.9995. At 100 the equity is 198.4995 and 100 must stay.


def test_withdraw_margin__owner__gets_the_amount(any_world: World):
    world = any_world
    id = world.open(10 * WAD, world.tokens(200))
    before, seen = world.balances(), world.position(id)
    receipt = world.act("withdraw_margin", id, world.tokens(50))
    after = world.position(id)
    assert after.margin == world.tokens("148.9995")
    assert (after.size, after.cost, after.funding_index) == (seen.size, seen.cost, seen.funding_index)
    assert world.moved(before) == {"trader": world.tokens(50)}
    assert world.event(receipt, "MarginWithdrawn") == {
        "id": id,
        "amount": world.tokens(50),
        "margin": world.tokens("148.9995"),
    }


def test_withdraw_margin__all_that_is_free__succeeds_and_one_unit_more_does_not(any_world: World, refused):
    world = any_world
    id = world.open(10 * WAD, world.tokens(200))
    free = world.tokens("98.4995")
    with refused("market: below initial margin"):
        world.act("withdraw_margin", id, free + 1)
    world.act("withdraw_margin", id, free)
    assert world.position(id).equity == to_wad(100)


def test_withdraw_margin__unrealised_profit__opens_no_door(world: World, refused):
    # At 110 the equity is 298.4995, but only the margin of 198.9995 less the 110 that must stay may leave.
    id = world.open(10 * WAD, world.tokens(200))
    world.push("110")
    with refused("market: below initial margin"):
        world.act("withdraw_margin", id, world.tokens("88.9995") + 1)
    world.act("withdraw_margin", id, world.tokens("88.9995"))
    assert world.position(id).margin == world.tokens(110)


def test_withdraw_margin__unrealised_loss__counts(world: World, refused):
    # At 95 the equity is 148.4995 and 95 must stay.
    id = world.open(10 * WAD, world.tokens(200))
    world.push("95")
    with refused("market: below initial margin"):
        world.act("withdraw_margin", id, world.tokens("53.4995") + 1)
    world.act("withdraw_margin", id, world.tokens("53.4995"))


def test_withdraw_margin__keeper_reserve__stays(world: World, refused):
    id = world.open(10 * WAD, world.tokens(200))
    with refused("market: amount above margin"):
        world.act("withdraw_margin", id, world.tokens("198.9995") + 1)


def test_withdraw_margin__while_opening_is_paused__succeeds(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    world.act("pause_opening", sender=world.system.guardian)
    world.act("withdraw_margin", id, 1)
    assert world.position(id).margin == world.tokens("198.9995") - 1


def test_withdraw_margin__everything_wrong__is_refused_in_the_stated_order(world: World, refused):
    # 150 are worth 15,000 and need 2,000 (a fifth, less 1,000).
    id = world.open(150 * WAD, world.tokens(3_000))
    world.set_risk(max_notional=14_000 * WAD)
    world.spoil_price()
    with refused("market: no such position"):
        world.act("withdraw_margin", 99, 0, sender=world.stranger)
    with refused("market: not owner"):
        world.act("withdraw_margin", id, 0, sender=world.stranger)
    with refused("market: amount is zero"):
        world.act("withdraw_margin", id, 0)
    with refused("oracle: price stale"):
        world.act("withdraw_margin", id, world.tokens(3_000))
    world.push("100")
    with refused("market: amount above margin"):
        world.act("withdraw_margin", id, world.tokens(3_000))
    with refused("risk: above max notional"):
        world.act("withdraw_margin", id, world.tokens(2_000))
    world.set_risk()
    with refused("market: below initial margin"):
        world.act("withdraw_margin", id, world.tokens(2_000))
    world.act("withdraw_margin", id, world.tokens(100))
    world.close(id)
    with refused("market: no such position"):
        world.act("withdraw_margin", id, 1)
