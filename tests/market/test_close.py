"""Closing a position: everything due reaches the owner, and every reason to refuse."""

from __future__ import annotations

from isomargin.units import WAD, to_wad
from tests.market.world import World

# Opened: 10 at 100.05, cost 1000.5, margin 198.9995. At 110 and skew 10 the sale fills at
# 110 x (1 + 5 / 10,000) = 110.055 and yields 1100.55; the fee is 1.10055, so 98.94945 come from the pool.


def test_close__in_profit__pays_margin_profit_and_keeper_reserve(any_world: World):
    world = any_world
    id = world.open(10 * WAD, world.tokens(200))
    vault = world.vault(id)
    world.push("110")
    before = world.balances()
    receipt = world.close(id)
    payout = world.tokens("302.94895")  # 198.9995 + 98.94945 + 5
    assert world.event(receipt, "PositionClosed") == {
        "id": id,
        "owner": world.trader,
        "size_delta": -10 * WAD,
        "fill_price": to_wad("110.055"),
        "realised_pnl": to_wad("100.05"),
        "funding": 0,
        "fee": to_wad("1.10055"),
        "settlement": world.tokens("98.94945"),
        "payout": payout,
    }
    assert world.moved(before) == {"trader": payout, "pool": -world.tokens("98.94945")}
    assert world.balance(vault) == 0
    seen = world.position(id)
    assert (seen.owner, seen.vault, seen.status) == (world.trader, vault, None)
    assert (seen.size, seen.cost, seen.margin, seen.keeper_reserve) == (0, 0, 0, 0)
    state = world.system.market_state()
    assert (state.long_open_interest, state.skew, state.cost_sum, state.funding_basis) == (0, 0, 0, 0)


def test_close__short_at_a_loss__pays_the_pool(world: World):
    # Opened: -10 at 99.95, margin 199.0005. At 110 and skew -10 the buy fills at 109.945 and costs 1099.45;
    # 999.5 had been received; the fee is 1.09945.
    id = world.open(-10 * WAD, world.tokens(200))
    world.push("110")
    before = world.balances()
    world.close(id)
    loss = world.tokens("101.04945")
    assert world.moved(before) == {"trader": world.tokens("204.0005") - loss, "pool": loss}


def test_close__at_the_price_of_the_opening__costs_the_two_fees_alone(world: World):
    # Both trades fill at 100.05: the impact is earned back, to the wei.
    before = world.balances()
    world.close(world.open(10 * WAD, world.tokens(200)))
    assert world.moved(before) == {"trader": -world.tokens("2.001"), "pool": world.tokens("2.001")}


def test_close__impact_and_fee_beyond_the_margin__are_cut_to_it(world: World):
    # At 80.16 the equity is 198.9995 + 801.6 - 1000.5 = 0.0995; the fill at 80.20008 gives 0.4008 more than
    # the oracle price, but the fee takes 0.802: the owner is left with the keeper reserve, and there is no
    # bad debt.
    id = world.open(10 * WAD, world.tokens(200))
    world.push("80.16")
    before = world.balances()
    receipt = world.close(id)
    assert world.event(receipt, "PositionClosed")["settlement"] == -world.tokens("198.9995")
    assert world.moved(before) == {"trader": world.tokens(5), "pool": world.tokens("198.9995")}
    assert world.system.market_state().bad_debt == 0


def test_close__while_opening_is_paused__succeeds(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    world.act("pause_opening", sender=world.system.guardian)
    world.close(id)
    assert world.position(id).status is None


def test_close__below_maintenance_but_solvent__succeeds(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    world.push("82")
    assert world.system.liquidatable() == [id]
    world.close(id)


def test_close__reserve_changed_since_the_opening__gives_back_what_was_paid_in(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    world.set_parameters(keeper_reserve=world.tokens(50))
    before = world.balances()
    world.close(id)
    assert world.moved(before)["trader"] == world.tokens("203.9995") - world.tokens("1.0005")


def test_close__everything_wrong__is_refused_in_the_stated_order(world: World, refused):
    id = world.open(10 * WAD, world.tokens(200))
    world.drain_pool()
    world.spoil_price()
    high = 2**255
    with refused("market: deadline passed"):
        world.trade("close", 99, high, deadline=world.chain.timestamp, sender=world.stranger)
    with refused("market: no such position"):
        world.trade("close", 99, high, sender=world.stranger)
    with refused("market: not owner"):
        world.trade("close", id, high, sender=world.stranger)
    with refused("oracle: price stale"):
        world.trade("close", id, high)
    world.push("80.15")  # equity 198.9995 + 801.5 - 1000.5 = -0.0005
    with refused("market: insolvent"):
        world.trade("close", id, high)
    world.push("110")
    with refused("market: price limit"):
        world.trade("close", id, high)
    with refused("market: pool short of cash"):
        world.trade("close", id, 0)
    world.push("80.16")
    world.trade("close", id, 0)
    with refused("market: no such position"):
        world.trade("close", id, 0)


def test_close__equity_of_exactly_zero__is_insolvent(world: World, refused):
    id = world.open(10 * WAD, world.tokens(200))
    world.push("80.15005")
    assert world.position(id).equity == 0
    with refused("market: insolvent"):
        world.close(id)


def test_close__limit_just_met__succeeds(world: World, refused):
    id = world.open(10 * WAD, world.tokens(200))
    with refused("market: price limit"):
        world.close(id, limit=to_wad("100.05") + 1)
    world.close(id, limit=to_wad("100.05"))
