"""Automatic deleveraging: when winners may be closed, what they get, and who is left alone."""

from __future__ import annotations

import pytest

from isomargin.units import WAD, to_wad
from tests.market.world import ANY_BUY, ANY_SALE, World

# A long of 10 costs 1000.5 and leaves a margin of 198.9995 after the fee. At 220 it has won 1199.5; with the
# premium of 220 x 10 x 10 / 20,000 = 1.1 the traders would take 1200.6. The pool holds 100,001.0005, so that
# its assets are 98,800.4005: claims are 1.2152% of them.


@pytest.fixture
def winner(any_world: World) -> int:
    any_world.set_parameters(adl_threshold=to_wad("0.012"))
    id = any_world.open(10 * WAD, any_world.tokens(200))
    any_world.push("220")
    return id


def deleverage(world: World, id: int, limit: int = ANY_SALE) -> dict[str, object]:
    receipt = world.act("deleverage", id, limit, sender=world.stranger)
    return world.event(receipt, "PositionDeleveraged")


def test_deleverage__claims_above_the_threshold__pays_the_winner_in_full(any_world: World, winner: int):
    world, before = any_world, any_world.balances()
    told = deleverage(world, winner)
    payout = world.tokens("1403.4995")  # margin, profit and keeper reserve
    assert world.moved(before) == {"trader": payout, "pool": -world.tokens("1199.5")}
    assert told == {
        "id": winner,
        "owner": world.trader,
        "caller": world.stranger,
        "size_delta": -10 * WAD,
        "price": 220 * WAD,
        "realised_pnl": to_wad("1199.5"),
        "funding": 0,
        "settlement": world.tokens("1199.5"),
        "payout": payout,
    }
    assert not world.position(winner).is_open
    state = world.system.market_state()
    assert (state.skew, state.cost_sum, state.trader_claims) == (0, 0, 0)


def test_deleverage__pool_assets__gain_no_more_than_the_premium(any_world: World, winner: int):
    before = any_world.system.market_state().pool_assets
    deleverage(any_world, winner)
    assert any_world.system.market_state().pool_assets - before == any_world.tokens("1.1")


def test_deleverage__claims_at_or_below_the_threshold__is_refused(any_world: World, winner: int, refused):
    world = any_world
    claims, assets = to_wad("1200.6"), to_wad("98800.4005")
    just_met = claims * WAD // assets  # claims x WAD > threshold x assets, barely
    assert claims * WAD % assets
    for threshold, is_needed in ((just_met + 1, False), (0, False), (just_met, True)):
        world.set_parameters(adl_threshold=threshold)
        if is_needed:
            deleverage(world, winner)
        else:
            with refused("market: deleverage not needed"):
                deleverage(world, winner)


def test_deleverage__traders_have_lost__is_refused(any_world: World, winner: int, refused):
    any_world.push("90")
    with refused("market: deleverage not needed"):
        deleverage(any_world, winner)


def test_deleverage__loser__is_refused(any_world: World, winner: int, refused):
    world = any_world
    world.set_parameters(adl_threshold=to_wad("0.001"))
    world.push("100")
    loser = world.open(-WAD, world.tokens(300), sender=world.rival)
    world.push("230")
    with refused("market: position not in profit"):
        deleverage(world, loser)
    deleverage(world, winner)


def test_deleverage__price_limit__binds_the_closing_trade(any_world: World, winner: int, refused):
    with refused("market: price limit"):
        deleverage(any_world, winner, 220 * WAD + 1)
    deleverage(any_world, winner, 220 * WAD)


def test_deleverage__short_in_profit__buys_within_the_limit(any_world: World, refused):
    world = any_world
    world.set_parameters(adl_threshold=to_wad("0.001"))
    short = world.open(-10 * WAD, world.tokens(200))
    world.push("50")
    with refused("market: price limit"):
        deleverage(world, short, 50 * WAD - 1)
    # Sold at 99.95, bought at 50: 499.5 won.
    assert deleverage(world, short, 50 * WAD)["realised_pnl"] == to_wad("499.5")


def test_deleverage__pool_short_of_cash__is_refused_and_leaves_the_position(any_world: World, refused):
    world = any_world
    id = world.open(10 * WAD, world.tokens(200))
    world.push("220")
    world.drain_pool()  # what the traders would take stays: 1200.6
    world.set_parameters(adl_threshold=to_wad("0.5"), reserve_ratio=0)
    world.push("230")
    with refused("market: pool short of cash"):
        deleverage(world, id)
    assert world.position(id).size == 10 * WAD
    world.push("220")
    deleverage(world, id)


def test_deleverage__winner_whose_end_widens_the_skew__does_not_help(any_world: World, refused):
    # A short of 400 has won 3,200 at 90. The long that then narrows the skew is paid 35.55 for it, and would
    # leave with them while the skew widens again.
    world = any_world
    world.set_parameters(adl_threshold=to_wad("0.001"))
    short = world.open(-400 * WAD, world.tokens(9_000), sender=world.rival)
    world.push("90")
    long = world.open(10 * WAD, world.tokens(200))
    world.push("89.9")
    assert world.position(long).unrealised_pnl == to_wad("34.55")
    with refused("market: deleverage does not help"):
        deleverage(world, long)
    deleverage(world, short, ANY_BUY)


def test_deleverage__funding_owed_above_the_profit__is_no_profit(any_world: World, refused):
    # One unit more at a skew of 10 fills at 220.231. A day at a skew of 11 owes 0.0011 x 220.3.
    world = any_world
    world.set_parameters(adl_threshold=to_wad("0.001"), max_funding_rate=WAD)
    world.open(10 * WAD, world.tokens(200))
    world.push("220")
    owing = world.open(WAD, world.tokens(100), sender=world.rival)
    day = world.chain.timestamp + 86_400
    world.at(day, world.system.push_price(to_wad("220.3")))
    seen = world.position(owing)
    assert seen.unrealised_pnl == to_wad("0.069")
    assert seen.accrued_funding == to_wad("0.24233")
    with refused("market: position not in profit"):
        deleverage(world, owing)
    world.push("220.5")
    deleverage(world, owing)


def test_deleverage__no_such_position__is_refused(any_world: World, winner: int, refused):
    deleverage(any_world, winner)
    for id in (winner, 0, 99):
        with refused("market: no such position"):
            deleverage(any_world, id)


def test_deleverage__blacklisted_owner__is_closed_and_can_claim(blacklist_world: World):
    world = blacklist_world
    world.set_parameters(adl_threshold=to_wad("0.012"))
    id = world.open(10 * WAD, world.tokens(200))
    world.push("220")
    world.system.token.transact("set_blacklisted", world.trader, True, sender=world.system.admin)
    assert deleverage(world, id)["payout"] == 0
    assert world.balance(world.vault(id)) == world.tokens("1403.4995")
    world.act("claim", id, world.stranger)
    assert world.balance(world.stranger) == world.tokens("1403.4995")
