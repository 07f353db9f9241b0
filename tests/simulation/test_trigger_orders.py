"""A run in which traders enter and protect themselves by trigger orders, and a keeper executes them."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

from isomargin.record import RunRecord
from isomargin.simulation.world import World
from isomargin.units import WAD, to_wad
from tests.simulation.small import HOUR, play_in_world, world_of

USD = 10**6

# Four long, from 99 by a limit order: out at 3% below or above their entry.
ENTERING: dict[str, Any] = {
    "prices": {"values": [100, 100, 99, 98, 96.5, 96, 96, 96], "step": HOUR},
    "traders": {"orders": {"share": 1, "stop_loss": 0.03, "take_profit": 0.03, "entry": 0.01, "fee": 5}},
    "keepers": [
        {"name": "keeper"},
        {"name": "desk", "kind": "trigger-orders", "min_profit": 0.5, "batch_size": 32},
    ],
}


@cache
def run() -> tuple[World, RunRecord]:
    return play_in_world(**ENTERING)


def events(record: RunRecord, name: str) -> list[dict[str, Any]]:
    return [json.loads(row.arguments) for row in record.events if row.event == name]


def test_run__entries_and_stops__are_placed_and_executed_by_the_keeper():
    world, record = run()
    assert len(events(record, "OrderPlaced")) == 12
    executed = events(record, "OrderExecuted")
    desk = next(keeper.account for keeper in world.keepers if keeper.name == "desk")
    assert {row["executor"] for row in executed} == {desk}
    assert [row["price"] for row in executed] == [str(99 * WAD)] * 4 + [str(96 * WAD)] * 4
    entries = [row.entry_price for row in record.positions]
    assert all(99 * WAD < price < to_wad("99.1") for price in entries)
    assert {row.outcome for row in record.positions} == {"closed"}


def test_run__what_is_left_when_a_position_is_gone__ends():
    world, record = run()
    ended = [row["reason"] for row in events(record, "OrderCancelled")]
    assert len(ended) == 4  # the take-profits
    assert set(ended) <= {"orders: position gone", "orders: cancelled"}
    assert world.book.orders == {}
    assert world.system.token_balance(world.system.trigger_orders.address) == 0


def test_run__books__balance_all_the_way():
    _, record = run()
    assert record.checks
    assert not [row for row in record.checks if row.violations]


def test_run__transactions__are_told_by_their_names():
    _, record = run()
    sent = Counter(row.action for row in record.transactions if row.success)
    assert (sent["place_limit"], sent["approve_orders"], sent["place_reduce"]) == (4, 4, 8)
    assert sent["execute_orders"] >= 2
    assert sent["open"] == sent["close"] == 0


def test_run__keeper__earns_the_fees_of_what_it_executed_or_ended():
    _, record = run()
    rows = [row for row in record.keepers if row.keeper == "desk"]
    orders, rewards = sum(row.orders for row in rows), sum(row.rewards for row in rows)
    assert 8 <= orders <= 12
    assert rewards == orders * 5 * USD
    assert record.summary.keeper.rewards == rewards


def test_world__traders_without_orders__need_no_approval():
    world = world_of()
    spender = world.system.trigger_orders.address
    for trader in world.traders:
        assert world.system.token.call("allowance", trader.account, spender) == 0


def test_keeper_orders__latency__are_repeated_only_when_they_have_landed():
    slow = {"name": "desk", "kind": "trigger-orders", "latency": 2}
    world, record = play_in_world(**{**ENTERING, "keepers": [slow]})
    by_desk = [row for row in record.transactions if row.actor == "desk"]
    executed = Counter(row["order_id"] for row in events(record, "OrderExecuted"))
    assert max(executed.values()) == 1
    assert len(by_desk) <= 4
    assert not [row for row in record.checks if row.violations]
    assert world.monitor.violations.total() == 0
