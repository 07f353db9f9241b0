"""TriggerOrders on the market itself: money from placing to the end, refusals, gas, liquidations between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from isomargin.chain import Chain, Receipt
from isomargin.model import OrderKind
from isomargin.units import WAD
from tests.market.conftest import isolated
from tests.market.world import FOREVER, World, build_world, terms_of

ANY_BUY = 2**255
STOP, TAKE = OrderKind.STOP_LOSS, OrderKind.TAKE_PROFIT


@pytest.fixture(scope="module", params=[6, 18], ids=["6-decimals", "18-decimals"])
def built(request: pytest.FixtureRequest) -> World:
    decimals = request.param
    world = build_world(Chain(), replace(terms_of(decimals), min_order_fee=10**decimals))
    for person in (world.trader, world.rival):
        world.chain.send(world.system.approve(person, world.system.trigger_orders))
    return world


@pytest.fixture
def world(built: World) -> Iterator[World]:
    yield from isolated(built)


def managed_position(world: World, size: int = 10, margin: int = 200) -> int:
    """A position of the trader's that trigger orders manage."""
    position = world.open(size * WAD, world.tokens(margin))
    orders = world.system.trigger_orders.address
    world.chain.send(world.system.approve_manager(world.trader, position, orders))
    return position


def place(world: World, position: int, kind: OrderKind = STOP, trigger: int = 95, **changed: int) -> int:
    terms = {"quantity": 0, "price_limit": 0, "deadline": FOREVER, "fee": world.tokens(2)} | changed
    limits = (terms["quantity"], trigger * WAD, terms["price_limit"], terms["deadline"], terms["fee"])
    world.chain.send(world.system.place_reduce(world.trader, position, kind, *limits))
    return int(world.system.trigger_orders.call("last_id"))


def place_limit(
    world: World, size: int = 5, trigger: int = 95, limit: int = ANY_BUY, margin: int = 100
) -> int:
    terms = (size * WAD, world.tokens(margin), trigger * WAD, limit, FOREVER, world.tokens(2))
    world.chain.send(world.system.place_limit(world.trader, *terms))
    return int(world.system.trigger_orders.call("last_id"))


def execute(world: World, order: int) -> Receipt:
    return world.chain.send(world.system.execute_order(world.keeper, order))


def ended(world: World, receipt: Receipt) -> str:
    """Why the one order of a receipt was ended."""
    (event,) = world.system.trigger_orders.events(receipt.logs)
    assert (event.name, event.args["by"], event.args["fee"]) == (
        "OrderCancelled",
        world.keeper,
        world.tokens(2),
    )
    return str(event.args["reason"])


# Executing


def test_execute__stop_loss__then_closed_and_paid_to_the_owner(world: World):
    position = managed_position(world)
    order = place(world, position)
    world.push("95")
    before = world.balances()
    receipt = execute(world, order)
    closed = world.event(receipt, "PositionClosed")
    # bought 10 at 100.05 with a fee of 1.0005, sold at 95.0475 with a fee of 0.950475: 200 less
    # 1.0005, 50.025 and 0.950475; and the reserve of 5 comes back
    assert closed["payout"] == world.tokens("153.024025")
    assert world.moved(before) == {
        "trader": closed["payout"],
        "keeper": world.tokens(2),
        "pool": -closed["settlement"],
    }
    assert not world.position(position).is_open
    assert world.balance(world.system.trigger_orders.address) == 0


def test_execute__take_profit_of_a_part__then_decreased(world: World):
    position = managed_position(world)
    order = place(world, position, TAKE, 105, quantity=4 * WAD)
    world.push("105")
    execute(world, order)
    assert world.position(position).size == 6 * WAD


def test_execute__short__then_limits_of_a_buy_hold(world: World):
    position = managed_position(world, -10)
    order = place(world, position, STOP, 105, price_limit=106 * WAD)
    world.push("105")
    execute(world, order)
    assert not world.position(position).is_open


@pytest.mark.parametrize("size", [5, -5])
def test_execute__limit__then_the_owner_has_a_position_like_any_other(world: World, size: int):
    order = place_limit(world, size, limit=ANY_BUY if size > 0 else 0)
    world.push("95")
    opened = world.event(execute(world, order), "PositionOpened")
    assert (opened["owner"], opened["size"]) == (world.trader, size * WAD)
    assert opened["keeper_reserve"] == world.tokens(5)
    # 100 less 0.1% of 5 at 95 and half its impact of 5 in 10000
    assert opened["margin"] == world.tokens_down("99.52488125" if size > 0 else "99.52511875")
    assert world.balance(world.system.trigger_orders.address) == 0
    world.close(opened["id"])


def test_execute__limit__then_the_position_is_its_owners_alone(world: World, refused):
    order = place_limit(world)
    world.push("95")
    position = world.event(execute(world, order), "PositionOpened")["id"]
    with refused("market: not owner"):
        world.chain.send(world.system.close(world.keeper, position, 0, FOREVER))
    assert int(world.market.call("approved", position), 16) == 0


# Ending


def test_execute__when_market_refuses__then_ended_with_its_reason(world: World):
    position = managed_position(world)
    tight = place(world, position, price_limit=96 * WAD)
    leaves_too_little = place(world, position, quantity=9 * WAD + WAD // 2)
    thin = place_limit(world, margin=10)
    world.push("95")
    assert ended(world, execute(world, tight)) == "market: price limit"
    assert ended(world, execute(world, leaves_too_little)) == "market: below min notional"
    assert ended(world, execute(world, thin)) == "market: below initial margin"
    assert world.position(position).size == 10 * WAD
    assert world.balance(world.system.trigger_orders.address) == 0


def test_execute__when_approval_was_taken_back__then_ended(world: World):
    position = managed_position(world)
    order = place(world, position)
    world.chain.send(world.system.approve_manager(world.trader, position, world.rival))
    world.push("95")
    assert ended(world, execute(world, order)) == "market: not owner"


def test_execute__when_liquidated_before__then_ended(world: World):
    position = managed_position(world, margin=110)
    order = place(world, position)
    world.push("88")
    world.liquidate(position)
    assert ended(world, execute(world, order)) == "orders: position gone"


def test_execute__when_insolvent__then_ended_and_left_to_liquidators(world: World):
    position = managed_position(world, margin=110)
    order = place(world, position)
    world.push("85")
    assert ended(world, execute(world, order)) == "market: insolvent"
    world.liquidate(position)


# Waiting


def test_execute__in_the_block_of_its_placing__then_refused(world: World):
    position = managed_position(world)
    terms = (STOP, 0, 105 * WAD, 0, FOREVER, world.tokens(2))
    placing = world.system.place_reduce(world.trader, position, *terms)
    executing = world.system.execute_order(world.keeper, 1)
    placed, executed = world.chain.mine([placing, executing]).receipts
    assert placed.success
    assert executed.revert_reason == "orders: needs a later round"
    world.push("100")
    assert execute(world, 1).success


def test_execute__when_price_is_stale__then_waits(world: World, refused):
    order = place(world, managed_position(world), trigger=105)
    world.push("100")
    world.spoil_price()
    with refused("oracle: price stale"):
        execute(world, order)


def test_execute__when_opening_is_paused__then_only_limit_orders_wait(world: World, refused):
    leaving, entering = place(world, managed_position(world)), place_limit(world)
    world.push("95")
    world.act("pause_opening", sender=world.system.guardian)
    with refused("market: opening paused"):
        execute(world, entering)
    execute(world, leaving)
    world.act("resume_opening", sender=world.system.admin)
    execute(world, entering)


def test_execute__when_oracle_is_paused_or_in_its_grace__then_only_limit_orders_wait(world: World, refused):
    system, grace = world.system, 3_600
    system.oracle.transact("set_grace_period", grace, sender=system.admin)
    leaving, later, entering = (
        place(world, managed_position(world)),
        place(world, managed_position(world)),
        place_limit(world),
    )
    world.push("95")
    world.chain.send(system.pause())
    with refused("oracle: paused"):
        execute(world, entering)
    execute(world, leaving)
    world.chain.send(system.resume())
    with refused("oracle: grace after outage"):
        execute(world, entering)
    execute(world, later)
    world.chain.mine(timestamp=world.chain.timestamp + grace + 1)
    execute(world, entering)
    assert world.balance(system.trigger_orders.address) == 0


def test_execute__with_any_gas__then_executes_or_is_refused_but_never_ends_the_order(world: World):
    position = managed_position(world)
    order = place_limit(world)
    reducing = place(world, position)
    world.push("95")
    for gas in (60_000, 300_000, 700_000, 1_030_000, 1_060_000, 1_070_000, 1_080_000, 1_100_000, 1_300_000):
        for tried in (order, reducing):
            snapshot = world.chain.snapshot()
            call = ("execute", tried)
            sent = world.system.trigger_orders.transaction(*call, sender=world.keeper, gas=gas)
            (receipt,) = world.chain.mine([sent]).receipts
            names = [event.name for event in world.system.trigger_orders.events(receipt.logs)]
            if receipt.success:
                assert names == ["OrderExecuted"]
            else:
                assert gas < 1_100_000
                assert receipt.revert_reason in ("orders: too little gas", "out of gas")
            world.chain.revert(snapshot)


# Batches


def test_execute_batch__many_of_both_kinds__then_all_at_once(world: World):
    positions = [managed_position(world, 2, 60) for _ in range(4)]
    orders = [place(world, position) for position in positions] + [place_limit(world), place_limit(world)]
    far = place(world, positions[0], trigger=80)
    world.push("95")
    assert world.system.executable_orders() == orders
    receipt = world.chain.send(world.system.execute_orders(world.keeper, [*orders, far]))
    names = [event.name for event in world.system.trigger_orders.events(receipt.logs)]
    assert names == ["OrderExecuted"] * 6 + ["OrderCancelled"]  # the last one's position had gone by then
    assert world.balance(world.keeper) == world.tokens(14)
    assert world.balance(world.system.trigger_orders.address) == 0
