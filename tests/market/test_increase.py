"""Enlarging a position: what is added to it, what it pays, and every reason to refuse."""

from __future__ import annotations

from isomargin.units import WAD, to_wad
from tests.market.world import World

# Opened: 10 at 100.05, cost 1000.5, fee 1.0005. Ten more at skew 10 fill at 100 x (1 + 15 / 10,000) = 100.15,
# cost 1001.5 and pay a fee of 1.0015.


def test_increase__long__adds_cost_and_pays_the_fee(any_world: World):
    world = any_world
    id = world.open(10 * WAD, world.tokens(300))
    before = world.balances()
    world.increase(id, 10 * WAD)
    seen = world.position(id)
    assert (seen.size, seen.cost) == (20 * WAD, 2_002 * WAD)
    assert seen.margin == world.tokens("297.998")
    assert world.moved(before) == {"pool": world.tokens("1.0015")}


def test_increase__short__adds_to_the_short_side(world: World):
    id = world.open(-10 * WAD, world.tokens(300))
    world.increase(id, 10 * WAD)
    seen = world.position(id)
    assert (seen.size, seen.cost) == (-20 * WAD, -1_998 * WAD)  # 999.5 and 998.5
    state = world.system.market_state()
    assert (state.short_open_interest, state.skew) == (20 * WAD, -20 * WAD)
    assert state.cost_sum == -1_998 * WAD


def test_increase__in_parts__costs_what_it_costs_at_once(world: World):
    whole = world.open(10 * WAD, world.tokens(300))
    snapshot = world.chain.snapshot()
    world.increase(whole, 10 * WAD)
    at_once = world.position(whole).cost
    world.chain.revert(snapshot)
    for _ in range(4):
        world.increase(whole, 25 * WAD // 10)
    assert world.position(whole).cost == at_once


def test_increase__event__carries_the_state_after(world: World):
    id = world.open(10 * WAD, world.tokens(300))
    assert world.event(world.increase(id, 10 * WAD), "PositionModified") == {
        "id": id,
        "size_delta": 10 * WAD,
        "size": 20 * WAD,
        "cost": 2_002 * WAD,
        "funding_index": 0,
        "margin": world.tokens("297.998"),
        "fill_price": to_wad("100.15"),
        "realised_pnl": 0,
        "funding": 0,
        "fee": to_wad("1.0015"),
        "settlement": -world.tokens("1.0015"),
    }


def test_increase__funding_due_to_a_pool_without_cash__is_refused(world: World, refused):
    # A skew of 90 pays the short 0.9% a day at a rate of one; a small increase costs less in fees than that.
    world.set_parameters(max_funding_rate=WAD)
    world.open(100 * WAD, world.tokens(2_000), sender=world.rival)
    id = world.open(-10 * WAD, world.tokens(300))
    world.set_parameters(max_funding_rate=WAD, reserve_ratio=0)
    world.drain_pool()
    world.set_parameters(max_funding_rate=WAD, reserve_ratio=0)
    world.chain.mine(timestamp=world.chain.timestamp + 86_400)
    world.push("100")
    assert world.position(id).accrued_funding < -8 * WAD
    with refused("market: pool short of cash"):
        world.increase(id, WAD)


def test_increase__everything_wrong__is_refused_in_the_stated_order(world: World, refused):
    id = world.open(10 * WAD, world.tokens(120))
    world.spoil_price()
    world.act("pause_opening", sender=world.system.guardian)
    stranger = world.stranger

    def increase(quantity: int, limit: int = 2**255, **how):
        return world.trade("increase", id, quantity, limit, **how)

    with refused("market: deadline passed"):
        world.trade("increase", 99, 0, 0, deadline=world.chain.timestamp, sender=stranger)
    with refused("market: opening paused"):
        world.trade("increase", 99, 0, 0, sender=stranger)
    world.act("resume_opening", sender=world.system.admin)
    with refused("market: no such position"):
        world.trade("increase", 99, 0, 0, sender=stranger)
    with refused("market: not owner"):
        increase(0, limit=0, sender=stranger)
    with refused("market: size is zero"):
        increase(0, limit=0)
    with refused("oracle: price stale"):
        increase(1_990 * WAD, limit=0)
    world.push("100")
    wrong = {"min_notional": 10**9 * WAD, "reserve_ratio": 10 * WAD}
    world.set_parameters(**wrong)
    with refused("market: price limit"):
        increase(1_990 * WAD, limit=0)
    with refused("market: margin below costs"):
        increase(1_990 * WAD)
    world.act("add_margin", id, world.tokens(300))
    with refused("market: open interest cap"):
        increase(1_990 * WAD)
    caps = {"max_open_interest": 2_000 * WAD}
    world.set_parameters(**wrong, **caps)
    with refused("market: skew cap"):
        increase(1_990 * WAD)
    caps["max_skew"] = 2_000 * WAD
    world.set_parameters(**wrong, **caps)
    with refused("market: below min notional"):
        increase(1_990 * WAD)
    world.set_parameters(reserve_ratio=10 * WAD, **caps)
    with refused("risk: above max notional"):
        increase(1_990 * WAD)
    with refused("market: below initial margin"):
        increase(390 * WAD)
    world.act("add_margin", id, world.tokens(20_000))
    with refused("market: pool reserve"):
        increase(390 * WAD)
    world.set_parameters()
    increase(390 * WAD)
    assert world.position(id).size == 400 * WAD


def test_increase__closed_position__does_not_exist(world: World, refused):
    id = world.open(10 * WAD, world.tokens(200))
    world.close(id)
    with refused("market: no such position"):
        world.trade("increase", id, WAD, 2**255)


def test_increase__losing_position__needs_the_initial_margin_of_the_whole(world: World, refused):
    # At 95 the equity is 118.9995 + 950 - 1000.5 = 68.4995: sound against 47.5, but short of the 95 and more
    # that 10 and a bit need.
    id = world.open(10 * WAD, world.tokens(120))
    world.push("95")
    with refused("market: below initial margin"):
        world.increase(id, WAD // 100)
    world.act("add_margin", id, world.tokens(30))
    world.increase(id, WAD // 100)
