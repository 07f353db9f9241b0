"""What keepers pay: strategies by themselves and in a keeper, all figures worked out by hand.

One liquidation is reckoned at 150,000 + 70,000 = 220,000 gas. At 10 gwei and 200 for an ether that is 0.0022
ether or 0.44; a reward of 4.44 leaves 4, which is 0.02 ether, or 90.909090909 gwei for each unit of that gas.
"""

from __future__ import annotations

from typing import Any

import pytest

from isomargin.agents import CallMargin, LiquidateBatch
from isomargin.keepers import (
    Bidding,
    EscalatingBid,
    FixedBid,
    KeeperView,
    KnownDue,
    LiquidationKeeper,
    MarginCallKeeper,
    Offer,
    ProfitShareBid,
)
from isomargin.units import WAD, to_wad

GWEI = 10**9
ETHER = 10**18
ETHER_PRICE = 200  # quote
USUAL = 10 * GWEI
HEADROOM = 90_909_090_909  # wei: what a profit of 4 leaves for a unit of gas
HALF_MORE = EscalatingBid(to_wad("1.5"))


def keeper(**changes: Any) -> LiquidationKeeper:
    usual = {"batch_size": 20, "min_profit": 0, "gas_bid": WAD, "latency": 0}
    return LiquidationKeeper(**{"name": "swift", "account": "0xK", **usual, **changes})


def view(rewards: dict[int, str], gas_price: int = USUAL, **changes: Any) -> KeeperView:
    """Rewards in quote, by position."""
    return KeeperView(
        block=7,
        gas_price=gas_price,
        gas_cost=lambda wei: wei * ETHER_PRICE,
        due=KnownDue(rewards={position: to_wad(reward) for position, reward in rewards.items()}),
        **changes,
    )


def prices(keeper: LiquidationKeeper, seen: KeeperView) -> list[int]:
    return [bid.gas_price for bid in keeper.act(seen)]


# The strategies


@pytest.mark.parametrize("setbacks", [0, 5])
def test_fixed__whatever_happens__is_the_usual_bid(setbacks):
    assert FixedBid().price(Offer(USUAL, 220_000, ETHER, setbacks)) == USUAL


@pytest.mark.parametrize(
    ("setbacks", "gwei"), [(0, "10"), (1, "15"), (2, "22.5"), (3, "33.75"), (6, "100"), (60, "100")]
)
def test_escalating__setbacks__multiply_the_bid_as_far_as_profit_goes(setbacks, gwei):
    """A profit of 90 gwei a unit of gas: 10 x 1.5^6 would be 113.9."""
    offer = Offer(USUAL, 220_000, 90 * GWEI * 220_000, setbacks)

    assert HALF_MORE.price(offer) == to_wad(gwei) * GWEI // WAD


def test_escalating__no_profit__is_the_usual_bid():
    assert HALF_MORE.price(Offer(USUAL, 220_000, -1, setbacks=3)) == USUAL


@pytest.mark.parametrize(("share", "gwei"), [("0", 10), ("0.25", 20), ("0.5", 30), ("1", 50)])
def test_profit_share__profit__is_spread_over_the_gas(share, gwei):
    offer = Offer(USUAL, 220_000, 40 * GWEI * 220_000)

    assert ProfitShareBid(to_wad(share)).price(offer) == gwei * GWEI
    assert ProfitShareBid(to_wad(share)).price(Offer(USUAL, 220_000, -5)) == USUAL


# In a keeper


@pytest.mark.parametrize(
    ("bidding", "setbacks", "price"),
    [
        (FixedBid(), 2, USUAL),
        (HALF_MORE, 0, USUAL),
        (HALF_MORE, 2, 22_500_000_000),
        (HALF_MORE, 9, USUAL + HEADROOM),
        (ProfitShareBid(WAD // 2), 9, USUAL + 45_454_545_454),
        (ProfitShareBid(WAD), 0, USUAL + HEADROOM),
    ],
)
def test_act__strategy__prices_the_batch(bidding: Bidding, setbacks: int, price: int):
    assert prices(keeper(bidding=bidding), view({1: "4.44"}, setbacks=setbacks)) == [price]


@pytest.mark.parametrize("bidding", [HALF_MORE, ProfitShareBid(WAD)])
def test_act__least_profit__is_left_by_every_bid(bidding):
    """Of the 4 it keeps 3 and can bid 1: 0.005 ether, 22.727272727 gwei a unit of gas."""
    careful = keeper(bidding=bidding, min_profit=3 * WAD)

    assert prices(careful, view({1: "4.44"}, setbacks=20)) == [USUAL + 22_727_272_727]


def test_act__several_batches__are_priced_by_what_each_brings():
    """The second brings 0.44 more than nothing: half of 0.0022 ether is 5 gwei a unit of gas."""
    sharing = keeper(bidding=ProfitShareBid(WAD // 2), batch_size=1)

    assert prices(sharing, view({1: "4.44", 2: "0.88"})) == [USUAL + 45_454_545_454, 15 * GWEI]


@pytest.mark.parametrize("bidding", [FixedBid(), HALF_MORE, ProfitShareBid(WAD)])
def test_act__highest_gas_price__bounds_every_bid(bidding):
    bounded = keeper(bidding=bidding, max_gas_price=12 * GWEI, gas_bid=to_wad("1.25"))

    assert prices(bounded, view({1: "9"}, setbacks=9)) == [12 * GWEI]


@pytest.mark.parametrize(("going", "acts"), [(12 * GWEI, True), (12 * GWEI + 1, False)])
def test_act__going_price_above_the_highest__stays_out(going, acts):
    assert bool(keeper(max_gas_price=12 * GWEI).act(view({1: "9"}, gas_price=going))) is acts


# Ether


@pytest.mark.parametrize(("missing", "acts"), [(0, True), (1, False)])
def test_act__capital__pays_for_a_batch_at_its_usual_bid_or_it_stays(missing, acts):
    eager = keeper(gas_bid=to_wad("1.5"))

    assert bool(eager.act(view({1: "9"}, funds=220_000 * 15 * GWEI - missing))) is acts


@pytest.mark.parametrize(("gwei", "price"), [(30, 15 * GWEI), (13, 13 * GWEI), (10, USUAL)])
def test_act__capital__bounds_what_a_strategy_adds(gwei, price):
    bold = keeper(bidding=HALF_MORE)

    assert prices(bold, view({1: "9"}, setbacks=1, funds=220_000 * gwei * GWEI)) == [price]


def test_act__capital__is_taken_off_batch_by_batch():
    """Ether for 30 gwei a unit in one batch: the first two bid 15, and nothing is left for the third."""
    bold = keeper(bidding=HALF_MORE, batch_size=1)
    seen = view({1: "9", 2: "9", 3: "9"}, setbacks=1, funds=220_000 * 30 * GWEI)

    assert prices(bold, seen) == [15 * GWEI, 15 * GWEI]


def test_act__capital_for_one_batch_of_two__sends_the_better_one():
    small = keeper(batch_size=1)
    bids = small.act(view({1: "3", 2: "5"}, funds=2 * 220_000 * USUAL - 1))

    assert [bid.action for bid in bids] == [LiquidateBatch((2,))]


def test_act__calls_without_a_reward__cost_capital_too():
    """Two calls of 133,622 gas at 10 gwei; ether for one and a half."""
    watch = MarginCallKeeper("watch", "0xW", batch_size=5, gas_bid=WAD, latency=0)
    seen = KeeperView(1, USUAL, lambda wei: wei, KnownDue(calls=(4, 6)), funds=200_000 * USUAL)

    assert [bid.action for bid in watch.act(seen)] == [CallMargin(4)]


# Downtime


@pytest.mark.parametrize(
    ("elapsed", "acts"), [(99, True), (100, False), (199, False), (200, True), (300, False), (400, True)]
)
def test_act__downtime__is_from_its_start_until_its_end(elapsed, acts):
    moody = keeper(downtime=((100, 200), (300, 400)))

    assert bool(moody.act(view({1: "9"}, elapsed=elapsed))) is acts


# What waits


@pytest.mark.parametrize(
    ("bidding", "raised"), [(FixedBid(), USUAL), (ProfitShareBid(WAD), USUAL), (HALF_MORE, 15 * GWEI)]
)
def test_raised__waiting_bid__only_escalation_raises_it(bidding, raised):
    seen = view({1: "4.44"}, setbacks=1, on_the_way=frozenset({1}))

    assert keeper(bidding=bidding).raised(seen, (1,), USUAL) == raised


@pytest.mark.parametrize(
    "changes",
    [
        {"setbacks": 0},
        {"elapsed": 150},
        {"funds": 0},
        {"rewards": {2: "9"}},  # what it bid for is due no more
        {"gas_price": 31 * GWEI},  # too dear for it altogether
    ],
)
def test_raised__no_reason_or_no_means__stays(changes):
    seen = view(**{"rewards": {1: "4.44"}, "setbacks": 1} | changes)
    stubborn = keeper(bidding=HALF_MORE, downtime=((100, 200),), max_gas_price=30 * GWEI)

    assert stubborn.raised(seen, (1,), 14 * GWEI) == 14 * GWEI


def test_raised__little_ether__raises_as_far_as_it_goes():
    """What is left over the bid that waits: 2 gwei for each of 220,000 units."""
    seen = view({1: "4.44"}, setbacks=3, funds=2 * GWEI * 220_000)

    assert keeper(bidding=HALF_MORE).raised(seen, (1,), USUAL) == 12 * GWEI


def test_raised__bid_above_what_it_would_bid_now__is_never_lowered():
    assert keeper(bidding=HALF_MORE).raised(view({1: "4.44"}, setbacks=1), (1,), 40 * GWEI) == 40 * GWEI
