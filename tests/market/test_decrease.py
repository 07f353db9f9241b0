"""Reducing a position: what it realises, what stays, and every reason to refuse."""

from __future__ import annotations

from isomargin.units import WAD, to_wad
from tests.market.world import World

# Opened: 10 at 100.05, cost 1000.5, margin 198.9995. At 110 a sale of 4 at skew 10 fills at
# 110 x (1 + 8 / 10,000) = 110.088 and yields 440.352, of which 400.2 was the cost; the fee is 0.440352.


def test_decrease__in_profit__realises_its_share(any_world: World):
    world = any_world
    id = world.open(10 * WAD, world.tokens(200))
    world.push("110")
    before = world.balances()
    receipt = world.decrease(id, 4 * WAD)
    assert world.event(receipt, "PositionModified") == {
        "id": id,
        "size_delta": -4 * WAD,
        "size": 6 * WAD,
        "cost": to_wad("600.3"),
        "funding_index": 0,
        "margin": world.tokens("238.711148"),
        "fill_price": to_wad("110.088"),
        "realised_pnl": to_wad("40.152"),
        "funding": 0,
        "fee": to_wad("0.440352"),
        "settlement": world.tokens("39.711648"),
    }
    seen = world.position(id)
    assert (seen.size, seen.cost, seen.margin) == (6 * WAD, to_wad("600.3"), world.tokens("238.711148"))
    assert world.moved(before) == {"pool": -world.tokens("39.711648")}


def test_decrease__short_at_a_loss__pays_its_share(world: World):
    # Opened: -10 at 99.95, cost -999.5, margin 199.0005. At 110 and skew -10 a buy of 4 fills at
    # 110 x (1 - 8 / 10,000) = 109.912 and costs 439.648; 399.8 was received for it; the fee is 0.439648.
    id = world.open(-10 * WAD, world.tokens(200))
    world.push("110")
    before = world.balances()
    world.decrease(id, 4 * WAD)
    seen = world.position(id)
    assert (seen.size, seen.cost) == (-6 * WAD, -to_wad("599.7"))
    assert seen.margin == world.tokens("199.0005") - world.tokens("40.287648")
    assert world.moved(before) == {"pool": world.tokens("40.287648")}
    state = world.system.market_state()
    assert (state.short_open_interest, state.cost_sum) == (6 * WAD, -to_wad("599.7"))


def test_decrease__cost_that_does_not_divide__rounds_against_the_position(world: World):
    # A seventh of 1000.5 is not a whole number of wei: what is removed is rounded up, the profit down.
    id = world.open(10 * WAD, world.tokens(200))
    third = 10 * WAD // 3
    world.decrease(id, third)
    removed = -(-to_wad("1000.5") * third // (10 * WAD))
    assert to_wad("1000.5") * third % (10 * WAD) != 0
    assert world.position(id).cost == to_wad("1000.5") - removed


def test_decrease__while_opening_is_paused__succeeds(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    world.act("pause_opening", sender=world.system.guardian)
    world.decrease(id, WAD)
    assert world.position(id).size == 9 * WAD


def test_decrease__skew_grows_beyond_its_cap__succeeds(world: World):
    # Leaving is never capped, not even when it leaves the other side alone.
    id = world.open(100 * WAD, world.tokens(2_000))
    world.open(-100 * WAD, world.tokens(2_000), sender=world.rival)
    world.set_parameters(max_skew=0, max_open_interest=1 * WAD)
    world.decrease(id, 90 * WAD)
    assert world.system.market_state().skew == -90 * WAD


def test_decrease__position_below_maintenance__may_heal_itself_but_not_stay_unsound(world: World, refused):
    # At 83.9 the equity is 198.9995 + 839 - 1000.5 = 37.4995; 10 need 41.95, 9 need 37.755, 8 need 33.56.
    id = world.open(10 * WAD, world.tokens(200))
    world.push("83.9")
    with refused("market: below maintenance"):
        world.decrease(id, WAD)
    world.decrease(id, 2 * WAD)
    assert world.position(id).size == 8 * WAD


def test_decrease__everything_wrong__is_refused_in_the_stated_order(world: World, refused):
    id = world.open(10 * WAD, world.tokens(200))
    world.drain_pool()
    world.spoil_price()

    def decrease(quantity: int, limit: int = 0, **how):
        return world.trade("decrease", id, quantity, limit, **how)

    high = 2**255
    with refused("market: deadline passed"):
        world.trade("decrease", 99, 0, high, deadline=world.chain.timestamp, sender=world.stranger)
    with refused("market: no such position"):
        world.trade("decrease", 99, 0, high, sender=world.stranger)
    with refused("market: not owner"):
        decrease(0, high, sender=world.stranger)
    with refused("market: size is zero"):
        decrease(0, high)
    with refused("market: decrease exceeds size"):
        decrease(10 * WAD, high)
    with refused("oracle: price stale"):
        decrease(10 * WAD - 1, high)
    world.push("75")  # a loss of 250 on a margin of 199
    with refused("market: price limit"):
        decrease(10 * WAD - 1, high)
    with refused("market: margin below costs"):
        decrease(10 * WAD - 1)
    world.push("110")
    with refused("market: pool short of cash"):
        decrease(10 * WAD - 1)
    world.chain.send(world.system.mint(world.system.pool.address, world.tokens(1_000)))
    with refused("market: below min notional"):
        decrease(10 * WAD - 1)
    world.push("80.5")  # equity 3.4995; the sale of 8.7 leaves a notional of 104.65 that needs 5.2325
    with refused("market: below maintenance"):
        decrease(to_wad("8.7"))
    world.push("85")
    decrease(to_wad("8.7"))
    assert world.position(id).size == to_wad("1.3")


def test_decrease__limit_just_met__succeeds(world: World, refused):
    id = world.open(10 * WAD, world.tokens(200))
    fill = to_wad("100.08")  # 100 x (1 + (10 - 2) / 10,000)
    with refused("market: price limit"):
        world.decrease(id, 4 * WAD, limit=fill + 1)
    world.decrease(id, 4 * WAD, limit=fill)
