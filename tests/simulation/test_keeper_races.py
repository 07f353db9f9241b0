"""Keepers against each other: speed, bids, ether and hours decide who gets what, and the ranking tells it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from isomargin.record import RunRecord
from isomargin.simulation import simulate
from isomargin.simulation.orders import Actor, Order
from isomargin.simulation.world import World
from isomargin.units import WAD
from tests.simulation.small import play, scenario, world_of

GWEI = 10**9
ETHER = 10**18
# Four longs, below maintenance at 95.4 and below; in full, so that one batch is the whole race.
FALL: dict[str, Any] = {
    "prices": {"values": [100, 100, 94, 94, 94]},
    "risk": {"policy": "full"},
    "market": {"keeper_reserve": 5},
}
# The same in steps that liquidate parts again and again: many races.
STEPS: dict[str, Any] = {
    "prices": {"values": [100, 100, 95.4, 95.2, 95.0, 94.8, 94.6, 94.4, 94.2]},
    "risk": {"health_target": 1.05},
    "chain": {"blocks_per_price": 3},
}


def ranks(record: RunRecord) -> dict[str, Any]:
    return {rank.name: rank for rank in record.summary.keepers}


# Speed


def test_race__fast_and_slow__the_fast_one_gets_all_and_the_slow_one_pays_for_nothing():
    record = play(**FALL, keepers=[{"name": "fast"}, {"name": "slow", "latency": 1}])
    fast, slow = record.summary.keepers  # in this order: the fast one earns

    assert (fast.name, fast.won, fast.lost, fast.wasted_gas_cost) == ("fast", 4, 0, 0)
    assert (slow.name, slow.won, slow.lost, slow.rewards) == ("slow", 0, 4, 0)
    assert slow.wasted_gas_cost == slow.gas_cost == -slow.profit > 0
    assert slow.gas_used
    assert slow.wasted_gas == slow.gas_used
    assert slow.failed == 0  # a batch that finds nothing does not revert
    assert (record.summary.waited.median, record.summary.waited.most, record.summary.missed) == (1, 1, 0)


@pytest.mark.parametrize(("first", "bids"), [("high", (1.2, 1.1)), ("low", (1.1, 1.2))])
def test_race__two_bids__the_higher_one_is_mined_first(first, bids):
    high, low = bids
    record = play(**FALL, keepers=[{"name": "high", "gas_bid": high}, {"name": "low", "gas_bid": low}])

    assert {name: rank.won for name, rank in ranks(record).items()} == {
        "high": 4 * (first == "high"),
        "low": 4 * (first == "low"),
    }


def test_race__share_of_the_profit__outbids_a_fixed_bid_and_costs_that_share():
    sharing = {"name": "sharing", "bidding": "profit-share", "profit_share": "0.1"}
    fixed = {"name": "fixed", "gas_bid": "1.5"}
    alone = ranks(play(**FALL, keepers=[{"name": "usual"}]))["usual"]
    both = ranks(play(**FALL, keepers=[fixed, sharing]))

    assert (both["sharing"].won, both["fixed"].won) == (4, 0)
    assert both["sharing"].rewards == alone.rewards
    # a tenth of what a batch brings by the keeper's reckoning, which is a little below what it really brings
    paid = both["sharing"].gas_cost - alone.gas_cost
    assert 0.07 * alone.profit < paid < 0.1 * alone.profit


# A full block


def test_race__blocks_full_of_dearer_transactions__who_raises_the_bid_gets_in():
    """Both bid nine tenths of the going price, at which others fill every block; 0.9 x 1.25 is above it."""
    world = world_of(
        **FALL,
        keepers=[
            {"name": "fixed", "gas_bid": "0.9"},
            {"name": "stubborn", "gas_bid": "0.9", "bidding": "escalate", "escalation": "1.25"},
        ],
    )
    open_all(world)
    world.mine([world.price_order(94 * WAD)])

    first = advance(world, crowd=3)
    second = advance(world, crowd=3)
    left = advance(world, crowd=0)
    third = advance(world, crowd=0)

    assert senders(first) == ["crowd"] * 3
    assert senders(second) == ["stubborn", "crowd"]  # its 1.1 million leave room for one of the crowd
    assert second.orders[0].gas_price == 11_250_000_000
    assert second.fates[0].won == 4
    assert senders(left) == ["crowd"] * 2  # and no room for 1.1 million
    assert senders(third) == ["fixed"]
    assert third.orders[0].gas_price == 9 * GWEI
    assert (third.fates[0].won, third.fates[0].lost) == (0, 4)


def test_escalation__success__takes_the_raise_back():
    world = world_of(**FALL, keepers=[{"name": "stubborn", "bidding": "escalate"}])
    open_all(world)
    world.mine([world.price_order(94 * WAD)])
    (standing,) = world.standings.values()
    waits = [(advance(world, crowd=3, crowd_price=90 * GWEI), standing.setbacks)[1] for _ in range(3)]
    last = advance(world, crowd=0)

    assert waits == [1, 2, 3]
    assert last.orders[0].gas_price == 10 * GWEI * 125**3 // 100**3
    assert standing.setbacks == 0


# Ether


def test_capital__spent__ends_the_race_for_who_bids_highest():
    """A batch of four is reckoned at 430,000 gas: at 15 gwei 0.00645 ether, so 0.008 are enough for one."""
    keepers = [{"name": "poor", "gas_bid": "1.5", "capital": "0.008"}, {"name": "rich"}]
    record = play(**STEPS, keepers=keepers)
    wins = [(row.block, row.keeper) for row in record.keepers if row.won]
    poor = [row for row in record.keepers if row.keeper == "poor"]

    assert wins[0][1] == "poor"
    assert {name for _, name in wins[1:]} == {"rich"}
    assert len(wins) > 2
    assert sum(row.transactions for row in poor) == 1
    assert 0.003 * ETHER < sum(row.gas_cost_wei for row in poor) < 0.008 * ETHER
    assert record.summary.missed == 0


def test_capital__refilled_from_rewards__lasts():
    poor = {"name": "poor", "gas_bid": "1.5", "capital": "0.008", "refill": True}
    record = play(**STEPS, keepers=[poor, {"name": "rich"}])

    assert {row.keeper for row in record.keepers if row.won} == {"poor"}
    spent = sum(row.gas_cost_wei for row in record.keepers if row.keeper == "poor")
    assert spent > 0.008 * ETHER


def test_capital__of_nothing__is_in_the_ranking_with_nothing():
    record = play(**FALL, keepers=[{"name": "broke", "capital": 0}])
    (broke,) = record.summary.keepers

    assert (broke.name, broke.won, broke.lost, broke.transactions, broke.profit) == ("broke", 0, 0, 0, 0)
    assert record.summary.missed == 4
    assert (record.summary.waited.median, record.summary.waited.most) == (None, None)


def test_capital__standing__is_what_gas_and_rewards_leave():
    """To the wei: gas at its price off, rewards of 200 quote an ether on."""
    world = world_of(**FALL, keepers=[{"name": "poor", "capital": 1, "refill": True}])
    open_all(world)
    world.mine([world.price_order(94 * WAD)])
    mined = advance(world, crowd=0)
    (standing,), (receipt,) = world.standings.values(), mined.block.receipts
    rewards = sum(
        seen.event.args["reward"] for seen in mined.events[0] if seen.event.name == "PositionLiquidated"
    )

    assert rewards == 4 * 5_000_000  # their reserves, in token units of 10^-6
    assert standing.funds == ETHER - receipt.gas_used * 10 * GWEI + rewards * 10**12 // 200


def test_capital__on_its_way__is_not_spent_twice():
    """Ether for one batch of two positions, 290,000 gas at 10 gwei; the first waits for two blocks."""
    world = world_of(**FALL, keepers=[{"name": "poor", "capital": "0.004", "batch_size": 2, "latency": 2}])
    open_all(world)
    world.mine([world.price_order(94 * WAD)])

    first = advance(world, crowd=0)
    assert first.orders == ()
    assert world.keeper_orders(world.state()) == []
    advance(world, crowd=0)
    assert senders(advance(world, crowd=0)) == ["poor"]


# Hours


def test_downtime__during_the_fall__leaves_it_to_the_other():
    """The price falls two hours after the first one, and a second time at three."""
    swift = {"name": "swift", "gas_bid": 2, "downtime": [[2, 3]]}
    prices = {"prices": {"values": [100, 100, 95.4, 95.0, 95.0]}}
    seen = play(**(STEPS | prices), keepers=[swift, {"name": "other"}])
    wins = [row.keeper for row in seen.keepers if row.won]
    up = play(**(STEPS | prices), keepers=[{**swift, "downtime": []}, {"name": "other"}])

    assert wins == ["other", "swift"]
    assert [row.keeper for row in up.keepers if row.won] == ["swift", "swift"]
    assert seen.keepers[0].block == up.keepers[0].block


def test_downtime__of_the_only_keeper__makes_positions_wait():
    """The fall comes with the third price; the keeper is back an hour, or two blocks, later."""
    record = play(**FALL, keepers=[{"name": "only", "downtime": [[2, 3]]}])

    assert record.summary.liquidations.count == 4
    assert (record.summary.waited.median, record.summary.waited.most) == (3, 3)


# The gas price


def test_max_gas_price__dear_hour__is_left_to_others():
    gas = {"schedule": [[0, 10], [2, 100]], "ether_price": 200}
    careful = {"name": "careful", "gas_bid": 3, "max_gas_price": 50}
    record = play(**FALL, gas=gas, keepers=[careful, {"name": "other"}])

    assert {name: rank.transactions > 0 for name, rank in ranks(record).items()} == {
        "careful": False,
        "other": True,
    }


# The books


def test_ranking__sums__are_those_of_events_and_receipts():
    keepers = [
        {"name": "swift", "gas_bid": "1.2", "downtime": [[4, 5]]},
        {"name": "slow", "latency": 1, "bidding": "escalate"},
        {"name": "sharing", "bidding": "profit-share", "capital": "0.02"},
    ]
    record = play(**STEPS, keepers=keepers)
    summary, by_name = record.summary, ranks(record)
    rewards = [
        int(json.loads(row.arguments)["reward"]) for row in record.events if row.event == "PositionLiquidated"
    ]
    sent = {name: [row for row in record.transactions if row.actor == name] for name in by_name}

    assert sum(rank.rewards for rank in summary.keepers) == sum(rewards) == summary.keeper.rewards > 0
    assert sum(rank.won for rank in summary.keepers) == len(rewards) == summary.liquidations.count
    assert sum(rank.profit for rank in summary.keepers) == summary.keeper.profit
    assert sum(rank.lost for rank in summary.keepers) > 0
    for name, rank in by_name.items():
        assert rank.transactions == len(sent[name])
        assert rank.gas_used == sum(row.gas_used or 0 for row in sent[name])
        cost = sum((row.gas_used or 0) * row.gas_price for row in sent[name])
        assert sum(row.gas_cost_wei for row in record.keepers if row.keeper == name) == cost
        assert rank.gas_cost >= rank.wasted_gas_cost
        assert rank.profit == rank.rewards - rank.gas_cost
    profits = [rank.profit for rank in summary.keepers]
    assert profits == sorted(profits, reverse=True)


@pytest.mark.deployed_level
def test_race__engine_without_gas__ends_the_same():
    pytest.importorskip("pyrevm")
    keepers = [
        {"name": "poor", "gas_bid": "1.5", "capital": "0.008"},
        {"name": "rich", "bidding": "escalate"},
        {"name": "late", "latency": 1},
    ]
    told = scenario(**STEPS, keepers=keepers)
    counted, reckoned = simulate(told), simulate(told, engine="revm")

    assert [(row.name, row.won, row.lost) for row in reckoned.summary.keepers] == [
        (row.name, row.won, row.lost) for row in counted.summary.keepers
    ]
    assert {row.gas_used for row in reckoned.summary.keepers} == {None}
    assert reckoned.summary.keeper.gas_cost == pytest.approx(counted.summary.keeper.gas_cost, rel=0.2)


# Help


def open_all(world: World) -> None:
    view = world.view(0, world.state(), world.chain.timestamp)
    assert all(receipt.success for receipt in world.mine(world.trader_orders(view)).block.receipts)


def advance(world: World, crowd: int, crowd_price: int = 10 * GWEI) -> Any:
    """One block with room for 3 million gas; so many strangers send a million each at a price of theirs."""
    block = world.chain.block_number + 1
    for latency, order in world.keeper_orders(world.state()):
        world.mempool.add(order, block + latency)
    for number in range(crowd):
        account = world.chain.account(f"stranger-{block}-{number}")
        transaction = replace(world.system.approve(account, world.system.market), gas=10**6)
        priced = replace(transaction, gas_price=crowd_price)
        world.mempool.add(Order(Actor("crowd", account, "trader"), "approve", priced), block)
    return world.mine(world.mempool.take(block, 3 * 10**6, world.order_luck))


def senders(mined: Any) -> Sequence[str]:
    return [order.actor.name for order in mined.orders]
