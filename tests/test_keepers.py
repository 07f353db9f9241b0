"""What keepers foresee and propose; costs are worked out by hand from gas, gas price and ether price."""

from dataclasses import replace

import pytest

from isomargin.agents import LiquidateBatch
from isomargin.keepers import (
    BATCH_GAS,
    LIQUIDATION_GAS,
    Bid,
    KeeperView,
    KnownDue,
    LiquidationKeeper,
    rewards_due,
)
from isomargin.units import WAD, to_wad
from tests.simulation.small import HOUR, play, world_of

GWEI = 10**9
ETHER_PRICE = 200  # quote


def keeper(**changes):
    usual = {"batch_size": 20, "min_profit": 0, "gas_bid": WAD, "latency": 0}
    return LiquidationKeeper(**{"name": "swift", "account": "0xK", **usual, **changes})


def view(rewards, gas_price=10 * GWEI, **changes):
    """Rewards in quote, by position."""
    return KeeperView(
        block=7,
        gas_price=gas_price,
        gas_cost=lambda wei: wei * ETHER_PRICE,
        due=KnownDue(rewards={position: to_wad(reward) for position, reward in rewards.items()}),
        **changes,
    )


def ids(bids):
    return [bid.action.ids for bid in bids]


# At 10 gwei and 200 an ether, a liquidation is reckoned at 70,000 gas or 0.14, a batch at 0.27 besides.


def test_costs__constants__are_those_that_this_page_is_reckoned_with():
    assert (LIQUIDATION_GAS, BATCH_GAS) == (70_000, 150_000)


# The profit rule


def test_act__nothing_due__proposes_nothing():
    assert keeper().act(view({})) == []


@pytest.mark.parametrize(("reward", "acts"), [("0.439", False), ("0.44", True)])
def test_act__one_position__pays_for_its_batch_or_stays(reward, acts):
    assert ids(keeper().act(view({4: reward}))) == ([(4,)] if acts else [])


@pytest.mark.parametrize(("reward", "acts"), [("5.439", False), ("5.44", True)])
def test_act__least_profit__comes_on_top_of_the_gas(reward, acts):
    assert bool(keeper(min_profit=5 * WAD).act(view({4: reward}))) is acts


@pytest.mark.parametrize(("reward", "joins"), [("0.14", False), ("0.140001", True)])
def test_act__position_that_adds_no_profit__does_not_join(reward, joins):
    assert ids(keeper().act(view({1: "9", 2: reward}))) == ([(1, 2)] if joins else [(1,)])


def test_act__several_that_alone_would_not_pay__pay_together():
    # 3 x 0.24 = 0.72 against 0.3 + 3 x 0.14 = 0.72; two of them would be 0.48 against 0.58
    assert ids(keeper().act(view({1: "0.24", 2: "0.24", 3: "0.24"}))) == [(1, 2, 3)]
    assert keeper().act(view({1: "0.24", 2: "0.24"})) == []


def test_act__gas_price__decides_whether_anybody_comes():
    """A reward of 1 is plenty at 7 gwei, where it costs 0.308, and a loss at 200 gwei, where it costs 8.8."""
    assert ids(keeper().act(view({1: "1"}, gas_price=7 * GWEI))) == [(1,)]
    assert keeper().act(view({1: "1"}, gas_price=200 * GWEI)) == []


def test_act__gas_bid__is_paid_and_reckoned_with():
    eager = keeper(gas_bid=to_wad("1.25"))

    assert eager.act(view({1: "0.549"})) == []  # 1.25 x 0.44 = 0.55
    assert eager.act(view({1: "0.55"})) == [Bid(LiquidateBatch((1,)), 12_500_000_000)]


def test_act__gas_for_nothing__takes_any_reward_but_none():
    assert ids(keeper().act(view({1: "0", 2: "0.000001"}, gas_price=0))) == [(2,)]


# Batches


def test_act__many_positions__are_ordered_by_reward_then_age():
    bids = keeper().act(view({5: "2", 1: "3", 9: "4", 2: "3"}))

    assert ids(bids) == [(9, 1, 2, 5)]


def test_act__more_than_a_batch__is_cut_the_best_first():
    bids = keeper(batch_size=2).act(view({1: "3", 2: "6", 3: "5", 4: "4", 5: "7"}))

    assert ids(bids) == [(5, 2), (3, 4), (1,)]


def test_act__batch_that_does_not_pay__is_left_with_all_after_it():
    # the second batch brings 0.5 for a cost of 0.27 + 0.28 = 0.55
    bids = keeper(batch_size=2).act(view({1: "3", 2: "3", 3: "0.25", 4: "0.25", 5: "0.2"}))

    assert ids(bids) == [(1, 2)]


# What is on the way


def test_act__own_transaction_on_the_way__is_not_proposed_again():
    bids = keeper().act(view({1: "3", 2: "3", 3: "3"}, on_the_way=frozenset({1, 3})))

    assert ids(bids) == [(2,)]


def test_keeper_orders__latency__are_repeated_only_when_they_have_landed():
    world = world_of(keepers=[{"name": "slow", "latency": 2, "gas_bid": 1}], traders={"count": 3})
    open_all(world)
    world.mine([world.price_order(95 * WAD)])
    due = (1, 2, 3)

    for blocks_later in (0, 1, 2):
        for latency, order in world.keeper_orders(world.state()):
            assert (latency, order.positions, blocks_later) == (2, due, 0)
            world.mempool.add(order, world.chain.block_number + 1 + latency)
        here = world.mempool.take(world.chain.block_number + 1, 30_000_000, world.order_luck)
        if blocks_later < 2:
            assert here == []
            world.mine(here)
        else:
            world.mine([])  # it landed, and did nothing
    assert [order.positions for _, order in world.keeper_orders(world.state())] == [due]


# What a liquidation will bring


def open_all(world):
    """Everybody opens at the first price."""
    view = world.view(0, world.state(), world.chain.timestamp)
    mined = world.mine(world.trader_orders(view))
    assert all(receipt.success for receipt in mined.block.receipts)


@pytest.mark.parametrize("decimals", [6, 18])
@pytest.mark.parametrize("policy", ["target-health", "full"])
def test_rewards_due__same_state__are_what_the_chain_pays(decimals, policy):
    world = world_of(risk={"policy": policy}, token={"decimals": decimals})
    open_all(world)
    swift = world.keepers[0].account

    for price in ("95.45", "95.2", "80"):  # enough left for a part, solvent, insolvent
        world.mine([world.price_order(to_wad(price))])
        rewards = rewards_due(world.book, world.system.terms, world.state())

        assert len(rewards) == 4
        for position, reward in rewards.items():
            paid = world.system.market.call("liquidate", position, sender=swift)
            assert reward == paid * world.system.terms.token_scale


@pytest.mark.parametrize("price", ["95.45", "95.2", "80"])
def test_rewards_due__index_of_the_next_block__are_what_it_pays(price):
    """Until it lands only funding moves: with the index that the next block accrues, to the unit."""
    shallow = {"max_funding_rate": 0.5, "skew_scale": 10**7, "max_open_interest": 10**6, "max_skew": 10**6}
    world = world_of(market=shallow)
    open_all(world)
    opened_at = world.chain.timestamp
    world.mine([world.price_order(to_wad(price))], opened_at + HOUR)
    seen = world.state()
    landing = world.chain.timestamp + 600
    index = world.book.funding_index_at(seen.price, landing - opened_at, world.system.terms.parameters)
    assert index > seen.funding_index  # longs pay shorts, and time goes on

    foreseen = rewards_due(world.book, world.system.terms, replace(seen, funding_index=index))
    mined = world.mine([order for _, order in world.keeper_orders(seen)], landing)

    paid = {
        event.event.args["id"]: event.event.args["reward"] * world.system.terms.token_scale
        for event in mined.events[0]
        if event.event.name == "PositionLiquidated"
    }
    assert paid == foreseen
    assert len(paid) == 4


def test_rewards_due__bad_price__are_none():
    world = world_of(oracle={"max_deviation": 0.02})
    open_all(world)
    world.mine([world.price_order(80 * WAD)])
    state = world.state()

    assert state.price_reason == "oracle: price deviates"
    assert world.book.liquidatable(
        state.price, state.funding_index, world.system.terms.risk, world.system.terms.token_scale
    )
    assert rewards_due(world.book, world.system.terms, state) == {}
    assert world.keeper_orders(state) == []


# Who shows up

CRASH = {"prices": {"values": [100, 100, 60, 60]}, "oracle": {"max_deviation": 0.9}, "traders": {"count": 8}}


def crash_at(gwei, keeper_reserve):
    """Eight positions far under water: their keeper reserve is all that a liquidator gets."""
    return play(
        **CRASH, gas={"price": gwei, "ether_price": 200}, market={"keeper_reserve": keeper_reserve}
    ).summary


def test_keepers__reserve_of_one__come_at_7_gwei_and_stay_away_at_200():
    """Eight cost 710,000 gas: 0.994 at 7 gwei, 28.4 at 200."""
    calm, congested = crash_at(7, 1), crash_at(200, 1)

    assert (calm.positions.liquidated, calm.positions.open_at_end) == (8, 0)
    assert (congested.positions.liquidated, congested.positions.open_at_end) == (0, 8)
    assert congested.keeper.gas_used == congested.keeper.rewards == congested.bad_debt == 0
    assert calm.keeper.rewards == 8 * 10**6
    assert calm.keeper.profit > 0


@pytest.mark.parametrize(("keeper_reserve", "left"), [(3.549, 8), (3.55, 0)])
def test_keepers__200_gwei__come_from_a_reserve_of_3_55_on(keeper_reserve, left):
    """28.4 for eight is 3.55 each."""
    assert crash_at(200, keeper_reserve).positions.open_at_end == left


@pytest.mark.parametrize(("policy", "price"), [("target-health", 95.45), ("full", 95.2), ("full", 80)])
def test_gas__reckoned_for_a_batch__covers_what_it_takes_and_not_much_more(policy, price):
    """The dearest kind stays within a quarter of the reckoning; a bankrupt one pays nobody and takes less."""
    for count in (1, 6):
        record = play(
            prices={"values": [100, 100, price, price]},
            traders={"count": count},
            risk={"policy": policy},
            oracle={"max_deviation": 0.9},
        )
        [batch] = [row for row in record.transactions if row.action == "liquidate_batch"]
        reckoned = BATCH_GAS + count * LIQUIDATION_GAS

        assert record.summary.liquidations.count == count
        assert batch.gas_used is not None
        assert batch.gas_used <= reckoned
        assert price < 95 or batch.gas_used >= reckoned * 3 // 4
