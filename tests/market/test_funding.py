"""Funding: who pays whom, when it accrues, and that it does not matter how often."""

from __future__ import annotations

from typing import Any

import pytest

from isomargin.units import WAD, to_wad
from tests.market.world import FOREVER, World

DAY = 86_400
ANY_BUY = 2**255

# At a rate of 1 a day for a full skew, a skew of 100 of 10,000 pays a hundredth of the price a day: 1 per
# unit of base at a price of 100. With 40 on the other side the skew is 60 and 0.6 are paid.


@pytest.fixture
def funded(world: World) -> World:
    """A market in which funding runs."""
    world.set_parameters(max_funding_rate=WAD)
    return world


def open_at(world: World, timestamp: int, size: int, margin: int, sender: str) -> int:
    limit = ANY_BUY if size > 0 else 0
    world.at(timestamp, world.system.open(sender, size, margin, limit, FOREVER))
    return world.system.last_id()


def two_sides(world: World) -> tuple[int, int, int]:
    """A long of 100 and a short of 40, opened a second apart, and the time of the second."""
    start = world.chain.timestamp + 100
    long = open_at(world, start - 1, 100 * WAD, world.tokens(3_000), world.trader)
    short = open_at(world, start, -40 * WAD, world.tokens(2_000), world.rival)
    return long, short, start


def test_funding__skew_to_the_long_side__longs_pay_shorts_and_the_pool(funded: World):
    world = funded
    long, short, start = two_sides(world)
    index = world.position(short).funding_index
    assert index == -(-(to_wad("0.01") * 100) // DAY)  # one second of the long alone, away from zero
    world.at(start + DAY, world.system.push_price(100 * WAD))
    assert world.system.market_state().funding_index == index + to_wad("0.6")
    assert world.position(short).accrued_funding == -to_wad("24")
    assert world.position(long).accrued_funding == 100 * (index + to_wad("0.6"))
    # Both together owe the pool what the skew owes; the premium of a skew of 60 is theirs.
    claims = world.system.market_state()
    pnl = claims.skew * 100 - claims.cost_sum
    premium = 100 * 60 * 60 * WAD // 20_000
    assert claims.trader_claims == pnl - (100 * index + to_wad("36")) + premium


def test_funding__skew_to_the_short_side__shorts_pay(funded: World):
    world = funded
    start = world.chain.timestamp + 100
    short = open_at(world, start, -100 * WAD, world.tokens(3_000), world.trader)
    world.at(start + DAY, world.system.push_price(100 * WAD))
    assert world.system.market_state().funding_index == -WAD
    assert world.position(short).accrued_funding == 100 * WAD


def test_funding__sides_in_balance__costs_nothing(funded: World):
    world = funded
    start = world.chain.timestamp + 100
    world.chain.mine(
        [
            world.system.open(world.trader, 50 * WAD, world.tokens(1_000), ANY_BUY, FOREVER),
            world.system.open(world.rival, -50 * WAD, world.tokens(1_000), 0, FOREVER),
        ],
        timestamp=start,
    )
    world.at(start + DAY, world.system.push_price(100 * WAD))
    assert world.system.market_state().funding_index == 0


def test_funding__position_opened_later__owes_nothing_of_before(funded: World):
    world = funded
    start = world.chain.timestamp + 100
    open_at(world, start, 100 * WAD, world.tokens(3_000), world.trader)
    world.at(start + DAY, world.system.push_price(100 * WAD))
    late = open_at(world, start + DAY + 1, 10 * WAD, world.tokens(300), world.rival)
    assert world.position(late).accrued_funding == 0
    assert world.position(late).funding_index == world.market.call("funding_index") > WAD


def test_funding__price_of_the_action__counts_for_the_whole_time(funded: World):
    world = funded
    start = world.chain.timestamp + 100
    open_at(world, start, 100 * WAD, world.tokens(5_000), world.trader)
    world.at(start + DAY, world.system.push_price(150 * WAD))
    assert world.system.market_state().funding_index == to_wad("1.5")


def test_funding__close__settles_what_was_accrued(funded: World):
    world = funded
    start = world.chain.timestamp + 100
    long = open_at(world, start, 100 * WAD, world.tokens(3_000), world.trader)
    world.at(start + DAY - 1, world.system.push_price(100 * WAD))
    before = world.balances()
    receipt = world.at(start + DAY, world.system.close(world.trader, long, 0, FOREVER))
    closed = world.event(receipt, "PositionClosed")
    # Bought and sold at 100.5: no profit, a fee of 10.05, and a day of funding.
    assert (closed["realised_pnl"], closed["funding"], closed["fee"]) == (0, 100 * WAD, to_wad("10.05"))
    assert closed["settlement"] == -world.tokens("110.05")
    assert world.moved(before)["pool"] == world.tokens("110.05")
    assert world.system.market_state().funding_basis == 0


def test_funding__decrease__settles_all_of_it_and_starts_anew(funded: World):
    world = funded
    start = world.chain.timestamp + 100
    long = open_at(world, start, 100 * WAD, world.tokens(3_000), world.trader)
    world.at(start + DAY - 1, world.system.push_price(100 * WAD))
    receipt = world.at(start + DAY, world.system.decrease(world.trader, long, 50 * WAD, 0, FOREVER))
    assert world.event(receipt, "PositionModified")["funding"] == 100 * WAD
    seen = world.position(long)
    assert (seen.funding_index, seen.accrued_funding) == (WAD, 0)


def test_funding__increase__settles_all_of_it_and_starts_anew(funded: World):
    world = funded
    _, short, start = two_sides(world)
    world.at(start + DAY - 1, world.system.push_price(100 * WAD))
    margin = world.position(short).margin
    receipt = world.at(start + DAY, world.system.increase(world.rival, short, WAD, 0, FOREVER))
    done = world.event(receipt, "PositionModified")
    assert done["funding"] == -to_wad("24")
    settled = (to_wad("24") - done["fee"]) // world.scale
    assert done["settlement"] == settled > 0
    assert world.position(short).margin == margin + settled
    assert world.position(short).accrued_funding == 0


def test_funding__liquidation__counts_it_in_equity_and_settles_it(funded: World):
    # A margin of 1039.95 after the fee, less 50 of price impact and 600 in six days, leaves 389.95 against
    # 500.
    world = funded
    start = world.chain.timestamp + 100
    long = open_at(world, start, 100 * WAD, world.tokens("1155"), world.trader)
    for day in range(1, 6):
        world.at(start + day * DAY, world.system.push_price(100 * WAD))
        assert world.system.liquidatable() == []
    world.at(start + 6 * DAY - 1, world.system.push_price(100 * WAD))
    receipt = world.at(start + 6 * DAY, world.system.liquidate(world.keeper, long))
    assert world.event(receipt, "PositionLiquidated")["funding"] == 600 * WAD


def test_funding__event__names_index_rate_and_price(funded: World):
    world = funded
    start = world.chain.timestamp + 100
    open_at(world, start, 100 * WAD, world.tokens(3_000), world.trader)
    world.at(start + DAY - 1, world.system.push_price(110 * WAD))
    tiny = world.system.open(world.rival, WAD, world.tokens(50), ANY_BUY, FOREVER)
    receipt = world.at(start + DAY, tiny)
    assert world.event(receipt, "FundingAccrued") == {
        "funding_index": to_wad("1.1"),
        "rate": to_wad("0.01"),
        "scaled_rate": to_wad("864"),  # times 86,400
        "price": 110 * WAD,
    }


def test_funding__second_action_of_a_block__accrues_nothing_more(funded: World):
    world = funded
    open_at(world, world.chain.timestamp + 100, 100 * WAD, world.tokens(3_000), world.trader)
    opening = world.system.open(world.rival, WAD, world.tokens(50), ANY_BUY, FOREVER)
    block = world.chain.mine([opening, opening])
    counts = [
        sum(event.name == "FundingAccrued" for event in world.events(receipt)) for receipt in block.receipts
    ]
    assert counts == [1, 0]
    assert world.position(2).funding_index == world.position(3).funding_index


def test_funding__rate_changed__first_accrues_at_the_old_one(funded: World):
    world = funded
    start = world.chain.timestamp + 100
    long = open_at(world, start, 100 * WAD, world.tokens(3_000), world.trader)
    world.at(start + DAY - 12, world.system.push_price(100 * WAD))
    world.set_parameters()  # twelve seconds later: a day at the old rate, from here on none
    assert world.market.call("funding_index") == WAD
    world.at(start + 2 * DAY - 12, world.system.push_price(100 * WAD))
    assert world.position(long).accrued_funding == 100 * WAD


def test_funding__read_ahead__is_what_the_next_action_accrues(funded: World):
    world = funded
    start = world.chain.timestamp + 100
    long = open_at(world, start, 77 * WAD + 7, world.tokens(3_000), world.trader)
    world.at(start + 12_345, world.system.push_price(to_wad("123.456789")))
    ahead = world.market.call("funding_index_at", to_wad("123.456789"))
    assert ahead != world.market.call("funding_index") == 0
    snapshot = world.chain.snapshot()
    world.chain.revert(snapshot)
    block = world.chain.mine(
        [
            world.system.push_price(to_wad("123.456789")),
            world.system.withdraw_margin(world.trader, long, 1),
        ],
        timestamp=start + 12_346,
    )
    assert all(receipt.success for receipt in block.receipts)
    rate = -(-(77 * WAD + 7) // 10_000)
    assert world.market.call("funding_index") == -(-rate * to_wad("123.456789") * 12_346 // (WAD * DAY))


def test_funding__many_accruals__equal_one_to_a_wei_each_and_never_less(funded: World):
    world = funded
    start = world.chain.timestamp + 100
    long = open_at(world, start, 77 * WAD + 7, world.tokens(3_000), world.trader)
    once, times = world.chain.snapshot(), 20

    def withdraw_at(timestamp: int) -> None:
        world.at(timestamp, world.system.withdraw_margin(world.trader, long, 1))

    withdraw_at(start + 1_000 * times)
    single = world.market.call("funding_index")
    world.chain.revert(once)
    for turn in range(1, times + 1):
        withdraw_at(start + 1_000 * turn)
    assert 0 <= world.market.call("funding_index") - single <= times


def test_funding__adding_margin__does_not_accrue(funded: World):
    world = funded
    long = open_at(world, world.chain.timestamp + 100, 100 * WAD, world.tokens(3_000), world.trader)
    world.act("add_margin", long, 1)
    assert world.market.call("funding_index") == 0


# Velocity: the skew moves the rate; at 10 and a hundredth of full skew, by 0.1 a day.


def open_at_velocity(world: World, max_rate: str) -> int:
    """A long of 100 at 100; the time when it was opened."""
    world.set_parameters(max_funding_rate=to_wad(max_rate), max_funding_velocity=10 * WAD)
    start = world.chain.timestamp + 100
    open_at(world, start, 100 * WAD, world.tokens(3_000), world.trader)
    return start


def accrue_at(world: World, timestamp: int) -> dict[str, Any]:
    """Bring funding up to date by setting what is set already; the event."""
    in_force = world.market.call("parameters")
    again = world.market.transaction("set_parameters", in_force, sender=world.system.admin)
    block = world.chain.mine([world.system.push_price(100 * WAD), again], timestamp=timestamp)
    return world.event(block.receipts[-1], "FundingAccrued")


def test_velocity__rate_below_its_bound__grows_evenly(funded: World):
    world = funded
    start = open_at_velocity(world, "1")
    seen = accrue_at(world, start + DAY)
    assert (seen["funding_index"], seen["rate"]) == (5 * WAD, to_wad("0.1"))  # 0.05 on average, of 100
    seen = accrue_at(world, start + 3 * DAY)
    assert (seen["funding_index"], seen["rate"]) == (45 * WAD, to_wad("0.3"))  # half of 0.1 x 3 x 3, of 100
    assert world.market.call("funding_accrual") == (45 * WAD, to_wad("0.3") * DAY, start + 3 * DAY)


def test_velocity__bound_reached_on_the_way__stays_there(funded: World):
    world = funded
    start = open_at_velocity(world, "0.05")
    seen = accrue_at(world, start + DAY)
    assert (seen["funding_index"], seen["rate"]) == (
        to_wad("3.75"),
        to_wad("0.05"),
    )  # half at 0.025, half at 0.05
    seen = accrue_at(world, start + 2 * DAY)
    assert (seen["funding_index"], seen["rate"]) == (to_wad("8.75"), to_wad("0.05"))


def test_velocity__skew_turned_round__rate_falls_through_zero_to_the_other_bound(funded: World):
    world = funded
    start = open_at_velocity(world, "0.05")
    world.at(start + DAY - 1, world.system.push_price(100 * WAD))
    open_at(world, start + DAY, -200 * WAD, world.tokens(9_000), world.rival)
    assert world.market.call("aggregates")[0] == -100 * WAD
    # From 0.05 at -0.1 a day: zero after half a day, -0.05 after a whole one.
    seen = accrue_at(world, start + 2 * DAY)
    assert (seen["funding_index"], seen["rate"]) == (to_wad("3.75"), -to_wad("0.05"))
    seen = accrue_at(world, start + 3 * DAY)
    assert (seen["funding_index"], seen["rate"]) == (-to_wad("1.25"), -to_wad("0.05"))


def test_velocity__accrued_often_or_once__is_the_same_to_a_unit_each(funded: World):
    world = funded
    start = open_at_velocity(world, "0.05")
    snapshot = world.chain.snapshot()
    once = accrue_at(world, start + DAY)["funding_index"]
    world.chain.revert(snapshot)
    moments = [start + 7, start + 5_000, start + DAY // 2 + 1, start + DAY // 2 + 2, start + DAY]
    often = [accrue_at(world, moment) for moment in moments][-1]["funding_index"]
    assert once <= often <= once + len(moments)


def test_velocity__bound_lowered__rate_is_brought_within(funded: World):
    world = funded
    start = open_at_velocity(world, "1")
    lower = world.market.call("parameters")
    world.at(start + DAY - 1, world.system.push_price(100 * WAD))
    new = (*lower[:2], to_wad("0.02"), *lower[3:])
    world.at(start + DAY, world.market.transaction("set_parameters", new, sender=world.system.admin))
    seen = accrue_at(world, start + 2 * DAY)
    assert (seen["funding_index"], seen["rate"]) == (7 * WAD, to_wad("0.02"))  # 5, and 0.02 of 100


def test_no_funding__bound_of_zero__moves_no_index_in_either_mode(world: World):
    for velocity in (0, 10 * WAD):
        world.set_parameters(max_funding_rate=0, max_funding_velocity=velocity)
        id = world.open(100 * WAD, world.tokens(3_000))
        seen = accrue_at(world, world.chain.timestamp + DAY - 1)
        assert (seen["funding_index"], seen["rate"]) == (0, 0)
        world.close(id)
