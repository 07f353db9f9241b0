"""What became of a keeper's transaction: won, lost, wasted, and whose gas is reckoned."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from isomargin.chain import Receipt, Transaction
from isomargin.protocol import reckoned_gas
from isomargin.record import Role
from isomargin.simulation.fates import Fate, keeper_fates, reckoned_cost
from isomargin.simulation.orders import Actor, Order
from isomargin.simulation.recording import Recording
from tests.simulation.small import world_of

GWEI = 10**9


def order(action="liquidate_batch", positions=(1, 2, 3), orders=(), role: Role = "keeper") -> Order:
    actor = Actor("bot", "0xB", role)
    return Order(actor, action, Transaction("0xB", "0x0", gas=10**6, gas_price=GWEI), positions, orders)


def receipt(success=True, reason="", gas: int | None = 100_000) -> Receipt:
    terms: dict[str, Any] = dict.fromkeys(Receipt.__dataclass_fields__, 0)
    terms |= {"success": success, "revert_reason": reason, "gas_used": gas, "gas_price": 2 * GWEI}
    return Receipt(**terms)


def seen(name: str, **args: int) -> Any:
    return SimpleNamespace(contract="market", event=SimpleNamespace(name=name, args=args))


def fate(order: Order, receipt: Receipt, *events: Any, there=()) -> Fate:
    (only,) = keeper_fates([order], [receipt], [events], there)
    return only


LIQUIDATED = seen("PositionLiquidated", id=1, reward=5)


def test_fate__batch_with_one_of_three__won_one_and_lost_two():
    found = fate(order(), receipt(), LIQUIDATED)

    assert (found.won, found.lost, found.liquidations, found.orders, found.rewards) == (1, 2, 1, 0, 5)
    assert not found.is_wasted
    assert (found.gas, found.wei) == (100_000, 200_000 * GWEI)


def test_fate__batch_with_nothing__is_wasted_though_it_did_not_revert():
    found = fate(order(), receipt())

    assert (found.won, found.lost, found.is_wasted) == (0, 3, True)


def test_fate__position_that_is_asked_for_twice__is_lost_once():
    assert fate(order(positions=(1, 1)), receipt()).lost == 1


def test_fate__orders__are_won_by_execution_or_end():
    ended = [seen("OrderExecuted", id=7, fee=2), seen("OrderCancelled", id=8, fee=3)]
    found = fate(order("execute_orders", (), (7, 8, 9)), receipt(), *ended)

    assert (found.won, found.lost, found.orders, found.liquidations, found.rewards) == (2, 1, 2, 0, 5)


@pytest.mark.parametrize(
    ("action", "event"), [("call_margin", "MarginCalled"), ("deleverage", "PositionDeleveraged")]
)
def test_fate__work_without_a_reward__can_be_won_or_lost(action, event):
    assert fate(order(action, (4,)), receipt(), seen(event, id=4)).won == 1
    assert fate(order(action, (4,)), receipt()).lost == 1


@pytest.mark.parametrize(
    ("reason", "lost"),
    [
        ("market: position is sound", 1),
        ("market: no such position", 1),
        ("market: top-up grace", 0),
        ("oracle: price stale", 0),
        ("", 0),
    ],
)
def test_fate__reverted__is_wasted_and_lost_only_if_somebody_or_the_price_was_quicker(reason, lost):
    found = fate(order("liquidate", (4,)), receipt(False, reason))

    assert (found.lost, found.is_wasted) == (lost, True)


def test_fate__other_business__wastes_and_loses_nothing_unless_it_reverts():
    assert not fate(order("approve", (4,)), receipt()).is_wasted
    assert fate(order("approve", (4,)), receipt()).lost == 0
    assert fate(order("deploy", ()), receipt(False, "no")).is_wasted


def test_fates__of_others__are_not_told():
    assert list(keeper_fates([order(role="trader")], [receipt()], [()], ())) == []


# Gas that no engine counted


def test_fate__no_gas_counted__is_reckoned_by_what_it_won_and_missed():
    """Position 2 is still there, so it was sound; 3 is gone; 1 was taken."""
    found = fate(order(), receipt(gas=None), LIQUIDATED, there={2})

    assert found.gas == reckoned_gas("liquidate_batch", 1, sound=1, gone=1)
    assert found.gas > reckoned_gas("liquidate_batch", 1, gone=2) > reckoned_gas("liquidate_batch", 1)


def test_reckoned__table__adds_up():
    """A tenth entry costs what a batch of ten costs more than one of nine."""
    ten, nine = (reckoned_gas("liquidate_batch", count) for count in (10, 9))

    assert reckoned_gas("liquidate_batch", 1) + 9 * (ten - nine) == ten
    assert reckoned_gas("liquidate_batch", 0, sound=1) == 88_716  # as measured: one that is sound
    assert reckoned_gas("liquidate") == reckoned_gas("liquidate_batch")
    assert reckoned_gas("execute") == reckoned_gas("execute_batch") == reckoned_gas("execute_orders")
    assert reckoned_gas("anything") == 21_000


def test_reckoned_cost__order_on_its_way__counts_all_its_entries():
    assert reckoned_cost(order()) == reckoned_gas("liquidate_batch", 3) * GWEI
    assert reckoned_cost(order("execute_orders", (), (7, 8))) == reckoned_gas("execute_orders", 2) * GWEI


# Strangers


def test_recording__keeper_that_the_scenario_does_not_know__has_its_row():
    """A bot from elsewhere takes one of four that fell, and asks for one that is not there."""
    world = world_of(risk={"policy": "full"}, keepers=[])
    recording = Recording(world, "")
    opened = world.mine(world.trader_orders(world.view(0, world.state(), world.chain.timestamp)))
    recording.add(opened, world.state())
    recording.add(world.mine([world.price_order(94 * 10**18)]), world.state())
    account = world.chain.account("bot-1")
    transaction = world.system.liquidate_batch(account, [2, 9])
    bot = Actor("bot-1", account, "keeper")
    mined = world.mine([Order(bot, "liquidate_batch", transaction, (2, 9))])
    recording.add(mined, world.state())

    (row,) = recording.finish(complete=False).keepers
    assert (row.keeper, row.won, row.lost, row.liquidations, row.transactions) == ("bot-1", 1, 1, 1, 1)
    assert row.rewards == mined.fates[0].rewards > 0
    assert row.gas_used == mined.block.receipts[0].gas_used
