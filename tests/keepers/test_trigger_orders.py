"""Trigger-order keepers: which orders they find due, which pay, and what their gas really comes to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from isomargin.agents import ExecuteOrders
from isomargin.keepers import (
    ORDER_BATCH_GAS,
    ORDER_OPENING_GAS,
    ORDER_REDUCING_GAS,
    Bid,
    DueOrder,
    KeeperView,
    KnownDue,
    TriggerOrderKeeper,
    orders_due,
)
from isomargin.model import OrderKind
from isomargin.units import WAD, to_wad
from tests.system_helpers import ANY_BUY, ANY_SALE, FOREVER, Stage, rebuilt_book, succeeded

FEE = 2_000_000  # token units
STOP, TAKE = OrderKind.STOP_LOSS, OrderKind.TAKE_PROFIT


def keeper(**changed) -> TriggerOrderKeeper:
    terms = {"batch_size": 2, "min_profit": 0, "gas_bid": WAD, "latency": 1} | changed
    return TriggerOrderKeeper(name="desk", account="0x01", **terms)


def view(orders: dict[int, DueOrder], **changed) -> KeeperView:
    """One gas costs one unit of quote, and a batch 100 and a few less: see the constants."""
    known: dict[str, Any] = {
        "block": 1,
        "gas_price": 1,
        "gas_cost": lambda wei: wei,
        "due": KnownDue(orders=orders),
    }
    return KeeperView(**(known | changed))


def due(*fees: int, gas: int = 10) -> dict[int, DueOrder]:
    return {order: DueOrder(fee, gas) for order, fee in enumerate(fees, start=1)}


# What pays


def test_act__when_nothing_is_due__then_nothing():
    assert keeper().act(view({})) == []


@pytest.mark.parametrize(("fee", "acts"), [(ORDER_BATCH_GAS + 9, False), (ORDER_BATCH_GAS + 10, True)])
def test_act__when_one_is_due__then_its_fee_pays_for_the_batch_or_it_stays(fee, acts):
    assert bool(keeper().act(view(due(fee)))) is acts
    assert bool(keeper(min_profit=5).act(view(due(fee + 5)))) is acts


def test_act__when_many_are_due__then_the_best_paid_come_first_and_those_at_a_loss_never():
    fees = (500_000, 700_000, 10, 600_000, 11)
    bids = keeper().act(view(due(*fees)))
    assert bids == [Bid(ExecuteOrders((2, 4)), 1), Bid(ExecuteOrders((1, 5)), 1)]


def test_act__when_a_batch_does_not_pay__then_it_and_all_after_it_stay():
    bids = keeper().act(view(due(500_000, 500_000, 20, 20)))
    assert bids == [Bid(ExecuteOrders((1, 2)), 1)]


def test_act__when_an_order_is_on_the_way__then_it_is_not_sent_again():
    bids = keeper().act(view(due(500_000, 500_000), orders_on_the_way=frozenset({1})))
    assert bids == [Bid(ExecuteOrders((2,)), 1)]


def test_act__when_it_bids_more__then_it_counts_and_pays_that():
    only = due(2 * ORDER_BATCH_GAS + 20)
    assert keeper(gas_bid=2 * WAD).act(view(only)) == [Bid(ExecuteOrders((1,)), 2)]
    assert keeper(gas_bid=3 * WAD).act(view(only)) == []


# What is due


def placed(
    stage: Stage, kind: OrderKind, trigger: int, name: str = "alice", size: str = "10", **changed
) -> int:
    """Open a position that trigger orders manage, and place an order on it."""
    position = stage.open_one(name, size, 200)
    person, system = stage.person(name), stage.system
    succeeded(stage.mine(system.approve_manager(person, position, system.trigger_orders.address)))
    limit = ANY_SALE if stage.view(position).size > 0 else ANY_BUY
    terms = {"deadline": FOREVER} | changed
    call = system.place_reduce(person, position, kind, 0, trigger * WAD, limit, terms["deadline"], FEE)
    succeeded(stage.mine(system.approve(person, system.trigger_orders)))
    succeeded(stage.mine(call))
    return int(system.trigger_orders.call("last_id"))


def limit_placed(stage: Stage, trigger: int, name: str = "carol", size: str = "10") -> int:
    person, system = stage.person(name), stage.system
    succeeded(stage.mine(system.approve(person, system.trigger_orders)))
    terms = (to_wad(size), 200 * stage.unit, trigger * WAD, ANY_BUY, FOREVER, FEE)
    succeeded(stage.mine(system.place_limit(person, *terms)))
    return int(system.trigger_orders.call("last_id"))


def found(stage: Stage) -> list[int]:
    """What a keeper finds, which must be what the contract says itself."""
    system = stage.system
    orders = orders_due(stage.book, system.terms, system.market_state(), stage.chain.timestamp)
    assert rebuilt_book(system).orders == stage.book.orders
    assert list(orders) == system.executable_orders()
    return list(orders)


def test_orders_due__when_price_moves__then_those_that_it_has_reached():
    stage = Stage()
    stop, take = placed(stage, STOP, 95), placed(stage, TAKE, 105, "bob")
    short_stop, entry = placed(stage, STOP, 105, "dave", "-5"), limit_placed(stage, 95)
    assert found(stage) == []
    stage.push("95")
    assert found(stage) == [stop, entry]
    stage.push("105")
    assert found(stage) == [take, short_stop]
    late = limit_placed(stage, 106)
    assert found(stage) == [take, short_stop]  # the price is there, the round is not
    stage.push("106")
    assert found(stage) == [take, short_stop, late]


def test_orders_due__then_fee_in_quote_and_gas_by_kind():
    stage = Stage()
    stop, entry = placed(stage, STOP, 95), limit_placed(stage, 95)
    stage.push("95")
    system = stage.system
    orders = orders_due(stage.book, system.terms, system.market_state(), stage.chain.timestamp)
    assert orders == {
        stop: DueOrder(2 * WAD, ORDER_REDUCING_GAS),
        entry: DueOrder(2 * WAD, ORDER_OPENING_GAS),
    }


def test_orders_due__when_position_is_gone_or_deadline_passed__then_due_at_any_price():
    stage = Stage()
    gone = placed(stage, STOP, 50)
    succeeded(stage.mine(stage.closing("alice", 1)))
    assert found(stage) == [gone]
    lapsing = placed(stage, STOP, 50, "bob", deadline=stage.chain.timestamp + 600)
    stage.mine(after=700)
    assert found(stage) == [gone, lapsing]
    stage.mine(after=90_000)  # the price is stale by now
    assert found(stage) == [gone, lapsing]


def test_orders_due__when_price_is_bad_or_opening_paused__then_they_wait():
    stage = Stage()
    stop, entry = placed(stage, STOP, 95), limit_placed(stage, 95)
    stage.push("94")
    guardian = stage.system.guardian
    stage.mine(stage.system.market.transaction("pause_opening", sender=guardian))
    assert found(stage) == [stop]
    stage.mine(stage.system.market.transaction("resume_opening", sender=stage.system.admin))
    assert found(stage) == [stop, entry]
    stage.mine(after=86_500)
    assert found(stage) == []


def test_orders_due__when_executed_or_cancelled__then_forgotten():
    stage = Stage()
    stop, entry = placed(stage, STOP, 95), limit_placed(stage, 90)
    stage.push("95")
    succeeded(stage.mine(stage.system.execute_order(stage.keeper, stop)))
    succeeded(stage.mine(stage.system.cancel_order(stage.person("carol"), entry)))
    assert stage.book.orders == {}
    stage.push("90")
    assert found(stage) == []


# What it costs


@pytest.mark.deployed_level
@pytest.mark.parametrize("count", [1, 8])
def test_gas__reckoned_for_a_batch__covers_what_it_takes_and_not_much_more(count):
    stage = Stage()
    stops = [placed(stage, STOP, 95, f"trader {number}", "2") for number in range(count)]
    entries = [limit_placed(stage, 95, f"trader {number}", "2") for number in range(count)]
    stage.mine(stage.system.mint(stage.keeper, 1))
    stage.push("95")
    for orders, each in ((stops, ORDER_REDUCING_GAS), (entries, ORDER_OPENING_GAS)):
        used = succeeded(stage.mine(stage.system.execute_orders(stage.keeper, orders))).gas_used
        assert used <= ORDER_BATCH_GAS + each * count
        assert used >= (ORDER_BATCH_GAS + each * count) * 7 // 10
    assert stage.book.orders == {}


def test_keeper__then_sends_nothing_about_positions():
    """Orders and positions are numbered apart: what is on the way of one kind hides none of the other."""
    both = view(due(500_000), on_the_way=frozenset({1}))
    assert keeper().act(both) == [Bid(ExecuteOrders((1,)), 1)]
    assert keeper().act(replace(both, orders_on_the_way=frozenset({1}))) == []
