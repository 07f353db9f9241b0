"""TriggerOrders before a market that does what a test says: each rule, each refusal, and who is paid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isomargin.chain import Chain
from isomargin.errors import TransactionReverted
from isomargin.units import WAD
from tests.contracts.order_stage import (
    CANCELLED,
    LIMIT,
    MIN_FEE,
    RESERVE,
    STOP_LOSS,
    TAKE_PROFIT,
    OrderStage,
    error,
)

ZERO_ADDRESS = "0x" + "00" * 20
NOTHING = (ZERO_ADDRESS, 0, False, 0, 0, 0, 0, 0, 0, 0, 0, ZERO_ADDRESS)


@pytest.fixture(scope="module")
def built(chain: Chain) -> OrderStage:
    return OrderStage.build(chain)


@pytest.fixture
def stage(built: OrderStage) -> OrderStage:
    return replace(built)


# Placing


def test_place_reduce__then_fee_is_put_aside_and_everything_is_told(stage):
    before = stage.balances()
    args = (1, TAKE_PROFIT, 4 * WAD, 120 * WAD, 119 * WAD, 2**40, 40)
    receipt = stage.orders.transact("place_reduce", *args, sender=stage.trader)
    terms = {
        "owner": stage.trader,
        "kind": TAKE_PROFIT,
        "is_long": True,
        "id": 1,
        "quantity": 4 * WAD,
        "deposit": 0,
        "fee": 40,
        "trigger_price": 120 * WAD,
        "price_limit": 119 * WAD,
        "deadline": 2**40,
        "placed_round": 5,
        "oracle": stage.market.address,
    }
    assert stage.told(receipt) == [("OrderPlaced", {"order_id": 1, **terms})]
    assert stage.orders.call("order", 1) == tuple(terms.values())
    assert stage.moved(before) == {"trader": -40, "orders": 40}


def test_place_limit__then_margin_reserve_and_fee_are_put_aside(stage):
    before = stage.balances()
    args = (-3 * WAD, 2_000, 110 * WAD, 109 * WAD, 2**40, 40)
    receipt = stage.orders.transact("place_limit", *args, sender=stage.trader)
    terms = {
        "owner": stage.trader,
        "kind": LIMIT,
        "is_long": False,
        "id": 0,
        "quantity": 3 * WAD,
        "deposit": 2_000 + RESERVE,
        "fee": 40,
        "trigger_price": 110 * WAD,
        "price_limit": 109 * WAD,
        "deadline": 2**40,
        "placed_round": 5,
        "oracle": stage.market.address,
    }
    assert stage.told(receipt) == [("OrderPlaced", {"order_id": 1, **terms})]
    assert stage.orders.call("order", 1) == tuple(terms.values())
    assert stage.moved(before) == {"trader": -2_540, "orders": 2_540}


def test_place__when_repeated__then_ids_count_from_one(stage):
    assert stage.orders.call("last_id") == 0
    assert [stage.reduce(), stage.limit(), stage.reduce()] == [1, 2, 3]
    stage.cancel(3)
    assert stage.reduce() == 4
    assert stage.orders.call("order", 5) == NOTHING


def test_place__when_numbers_mean_without_limit__then_cut_to_what_is_kept(stage):
    most = 2**256 - 1
    args = (1, STOP_LOSS, most, 2**96 - 1, most, most, MIN_FEE)
    stage.orders.transact("place_reduce", *args, sender=stage.trader)
    _, _, _, _, quantity, _, fee, trigger, limit, deadline, _, _ = stage.orders.call("order", 1)
    assert (quantity, fee, trigger, limit, deadline) == (2**128 - 1, 10, 2**96 - 1, 2**160 - 1, 2**64 - 1)


def test_place_reduce__when_terms_are_wrong__then_refused(stage, refused):
    with refused("orders: wrong kind"):
        stage.reduce(LIMIT)
    with refused("orders: wrong kind"):
        stage.reduce(0)
    with refused("orders: deadline passed"):
        stage.reduce(deadline=stage.chain.timestamp)
    with refused("orders: trigger out of range"):
        stage.reduce(trigger=0)
    with refused("orders: trigger out of range"):
        stage.orders.transact("place_reduce", 1, STOP_LOSS, 0, 2**96, 0, 2**40, 40, sender=stage.trader)
    with refused("orders: no such position"):
        stage.reduce(position=3)
    with refused("orders: not owner"):
        stage.reduce(sender=stage.rival)
    with refused("orders: fee too low"):
        stage.reduce(fee=MIN_FEE - 1)
    stage.hold(1, 10, manager=stage.rival)
    with refused("orders: not manager"):
        stage.reduce()


def test_place_limit__when_terms_are_wrong__then_refused(stage, refused):
    with refused("orders: size is zero"):
        stage.limit(0)
    for size in (2**127, -(2**127), -(2**255)):
        with refused("orders: size too large"):
            stage.orders.transact("place_limit", size, 1, 1, 0, 2**40, 40, sender=stage.trader)
    with refused("orders: deadline passed"):
        stage.limit(deadline=stage.chain.timestamp)
    with refused("orders: trigger out of range"):
        stage.limit(trigger=0)
    with refused("orders: fee too low"):
        stage.limit(fee=MIN_FEE - 1)


def test_place__when_oracle_shows_no_round__then_refused(stage, refused):
    stage.say("set_price", 0, 0, "oracle: feed reverts")
    for place in (stage.reduce, stage.limit):
        with refused("orders: no round known"):
            place()


@pytest.mark.parametrize("amounts", [{"fee": 2**96}, {"margin": 2**128}])
def test_place_limit__when_an_amount_does_not_fit__then_refused(stage, refused, amounts):
    stage.token.transact("mint", stage.trader, 2**130, sender=stage.admin)
    with refused("orders: amount too large"):
        stage.limit(**amounts)


def test_place__when_deadline_is_this_very_second__then_placed(stage, mine_at):
    now = stage.chain.timestamp + 12
    args = (1, STOP_LOSS, 0, 90 * WAD, 0, now, 40)
    mine_at(now, stage.orders.transaction("place_reduce", *args, sender=stage.trader))
    assert stage.is_open(1)


# Triggers


@pytest.mark.parametrize(
    ("kind", "position", "at_or_below"),
    [
        (STOP_LOSS, 1, True),
        (STOP_LOSS, 2, False),
        (TAKE_PROFIT, 1, False),
        (TAKE_PROFIT, 2, True),
    ],
)
def test_execute__when_reducing__then_at_the_trigger_and_beyond(stage, refused, kind, position, at_or_below):
    beyond, short_of = (89, 91) if at_or_below else (91, 89)
    for price in (90, beyond):
        order = stage.reduce(kind, position=position)
        stage.push(short_of)
        with refused("orders: not triggered"):
            stage.execute(order)
        stage.push(price)
        stage.execute(order)
        assert not stage.is_open(order)


@pytest.mark.parametrize(("size", "at_or_below"), [(3, True), (-3, False)])
def test_execute__when_limit__then_at_the_trigger_and_beyond(stage, refused, size, at_or_below):
    beyond, short_of = (89, 91) if at_or_below else (91, 89)
    for price in (90, beyond):
        order = stage.limit(size)
        stage.push(short_of)
        with refused("orders: not triggered"):
            stage.execute(order)
        stage.push(price)
        stage.execute(order)
        assert not stage.is_open(order)


# Executing


@pytest.mark.parametrize("quantity", [0, 10 * WAD, 11 * WAD])
def test_execute__when_all_of_the_position__then_closes_it(stage, quantity):
    order = stage.reduce(quantity=quantity, limit=80 * WAD, deadline=2**40)
    stage.push(88)
    before = stage.balances()
    receipt = stage.execute(order)
    assert stage.told(receipt) == [
        ("Closed", {"id": 1, "price_limit": 80 * WAD, "deadline": 2**40}),
        ("OrderExecuted", {"order_id": 1, "executor": stage.executor, "id": 1, "price": 88 * WAD, "fee": 40}),
    ]
    assert stage.moved(before) == {"orders": -40, "executor": 40}


def test_execute__when_a_part_of_a_short__then_decreases_it(stage):
    order = stage.reduce(position=2, quantity=10 * WAD - 1, trigger=110, limit=120 * WAD, deadline=2**40)
    stage.push(111)
    asked = {"id": 2, "quantity": 10 * WAD - 1, "price_limit": 120 * WAD, "deadline": 2**40}
    assert stage.told(stage.execute(order))[0] == ("Decreased", asked)


def test_execute__when_position_shrank_below_the_quantity__then_closes_it(stage):
    order = stage.reduce(quantity=4 * WAD)
    stage.hold(1, 4)
    stage.push(88)
    assert stage.told(stage.execute(order))[0][0] == "Closed"


@pytest.mark.parametrize("size", [3, -3])
def test_execute__when_limit__then_opens_for_the_owner_with_the_deposit(stage, size):
    order = stage.limit(size, limit=95 * WAD, deadline=2**40)
    stage.push(90)
    before = stage.balances()
    receipt = stage.execute(order)
    asked = {
        "size": size * WAD,
        "margin": 2_000,
        "price_limit": 95 * WAD,
        "deadline": 2**40,
        "owner": stage.trader,
    }
    executed = {"order_id": 1, "executor": stage.executor, "id": 77, "price": 90 * WAD, "fee": 40}
    assert stage.told(receipt) == [("Opened", asked), ("OrderExecuted", executed)]
    assert stage.moved(before) == {"orders": -2_540, "executor": 40, "market": 2_500}


@pytest.mark.parametrize(("reserve", "margin"), [(300, 2_200), (2_500, 0)])
def test_execute__when_keeper_reserve_moved__then_the_whole_deposit_opens(stage, reserve, margin):
    order = stage.limit()
    stage.say("set_keeper_reserve", reserve)
    stage.push(90)
    before = stage.balances()
    assert stage.told(stage.execute(order))[0][1]["margin"] == margin
    assert stage.moved(before) == {"orders": -2_540, "executor": 40, "market": 2_500}


# Waiting


def test_execute__when_no_such_order__then_refused(stage, refused):
    for order in (0, 1):
        with refused("orders: no such order"):
            stage.execute(order)
    order = stage.reduce()
    stage.push(80)
    stage.execute(order)
    with refused("orders: no such order"):
        stage.execute(order)


def test_execute__when_the_round_is_the_one_at_placing__then_refused(stage, refused):
    stage.push(90)
    order = stage.reduce()
    with refused("orders: needs a later round"):
        stage.execute(order)
    stage.say("set_price", 5, 90 * WAD, "")  # a round before it
    with refused("orders: needs a later round"):
        stage.execute(order)
    stage.push(90)
    stage.push(90)
    stage.execute(order)


def test_execute__when_price_is_bad__then_refused_with_its_reason(stage, refused):
    order = stage.reduce()
    stage.push(80, "oracle: price stale")
    with refused("oracle: price stale"):
        stage.execute(order)
    assert stage.is_open(order)


@pytest.mark.parametrize("gas", [200_000, 900_000, 1_000_000])
def test_execute__when_too_little_gas_is_left__then_refused(stage, refused, gas):
    order = stage.reduce()
    stage.push(80)
    with refused("orders: too little gas"):
        stage.execute(order, gas)
    stage.execute(order, 1_100_000)


def test_execute__when_opening_is_paused__then_limit_orders_wait(stage, refused):
    limit, stop = stage.limit(), stage.reduce()
    stage.push(80)
    stage.say("set_opening_paused", True)
    with refused("market: opening paused"):
        stage.execute(limit)
    stage.execute(stop)
    stage.say("set_opening_paused", False)
    stage.execute(limit)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (error("oracle: grace after outage"), "oracle: grace after outage"),
        (b"\x01", "orders: no entry price"),
    ],
)
def test_execute__when_oracle_gives_no_entry_price__then_limit_orders_wait(stage, refused, data, reason):
    limit, stop = stage.limit(), stage.reduce()
    stage.push(80)
    stage.say("set_entry_refusal", data)
    with refused(reason):
        stage.execute(limit)
    stage.execute(stop)
    assert stage.is_open(limit)


# Ending


def test_execute__when_deadline_has_passed__then_ended_at_any_price(stage, mine_at):
    deadline = stage.chain.timestamp + 600
    order = stage.limit(deadline=deadline)
    stage.push(200, "oracle: price stale")
    before = stage.balances()
    call = stage.orders.transaction("execute", order, sender=stage.executor)
    assert stage.ended(mine_at(deadline + 1, call)) == "orders: deadline passed"
    assert stage.moved(before) == {"orders": -2_540, "trader": 2_500, "executor": 40}


def test_execute__when_deadline_is_this_very_second__then_executed(stage, mine_at):
    deadline = stage.chain.timestamp + 600
    order = stage.reduce(deadline=deadline)
    stage.push(80)
    receipt = mine_at(deadline, stage.orders.transaction("execute", order, sender=stage.executor))
    assert [name for name, _ in stage.told(receipt)] == ["Closed", "OrderExecuted"]


def test_execute__when_oracle_was_replaced__then_ended(stage):
    order = stage.reduce()
    other = stage.chain.deploy(stage.market.compiled, stage.token.address)
    other.transact("set_price", 99, 80 * WAD, "", sender=stage.admin)
    stage.say("set_oracle", other.address)
    assert stage.ended(stage.execute(order)) == "orders: oracle replaced"


@pytest.mark.parametrize("size", [0, -10])
def test_execute__when_position_is_gone_or_on_the_other_side__then_ended(stage, size):
    order = stage.reduce()
    stage.hold(1, size)
    assert stage.ended(stage.execute(order)) == "orders: position gone"


def test_execute__when_reserve_rose_above_the_deposit__then_ended_once_triggered(stage, refused):
    order = stage.limit()
    stage.say("set_keeper_reserve", 2_501)
    stage.push(91)
    with refused("orders: not triggered"):
        stage.execute(order)
    stage.push(90)
    before = stage.balances()
    assert stage.ended(stage.execute(order)) == "orders: deposit below reserve"
    assert stage.moved(before) == {"orders": -2_540, "trader": 2_500, "executor": 40}


def test_place__when_the_round_does_not_fit__then_refused(stage, refused):
    stage.say("set_price", 2**96, 100 * WAD, "")
    with refused("orders: round out of range"):
        stage.reduce()
    stage.say("set_price", 2**96 - 1, 100 * WAD, "")
    stage.reduce()


READABLE = "market: thirty-two characters !!"
UNREADABLE = "orders: market refused"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (error("market: price limit"), "market: price limit"),
        (error(READABLE), READABLE),
        (error(READABLE + "!"), UNREADABLE),
        (error(""), UNREADABLE),
        (error("x"), "x"),
        (error(b"bad \x1f"), UNREADABLE),
        (error(b"bad \x7f"), UNREADABLE),
        (error(b"bad \xff\xfe"), UNREADABLE),
        (error("a reason")[:99], UNREADABLE),
        (error("a reason")[:36], UNREADABLE),
        (b"\x01", UNREADABLE),
        (bytes.fromhex("4e487b71") + error("a reason")[4:], UNREADABLE),  # Panic, not Error
        (error("a reason")[:35] + b"\x40" + error("a reason")[36:], UNREADABLE),  # text elsewhere
        (error("a reason")[:36] + b"\xff" * 32 + error("a reason")[68:], UNREADABLE),  # endless text
        (error("a reason")[:36] + bytes(32) + error("a reason")[68:], UNREADABLE),  # a text of no length
        (b"\xff" * 200, UNREADABLE),
    ],
)
def test_execute__when_market_refuses__then_ended_with_its_reason_if_readable(stage, data, reason):
    assert len(READABLE) == 32
    for order, back in ((stage.limit(), 2_500), (stage.reduce(), 0)):
        stage.push(80)
        stage.say("set_refusal", data)
        before = stage.balances()
        assert stage.ended(stage.execute(order)) == reason
        moves = {"orders": -back - 40, "trader": back, "executor": 40}
        assert stage.moved(before) == {name: change for name, change in moves.items() if change}


# Batches


def test_execute_batch__then_what_is_due_executes_or_ends_and_the_rest_stays(stage):
    due, ending, waiting = stage.reduce(), stage.reduce(position=2), stage.reduce(trigger=70)
    stage.hold(2, 0)
    stage.push(80)
    call = (stage.orders, "execute_batch", [due, due, 99, waiting, ending])
    assert call[0].call(*call[1:], sender=stage.executor) == 2
    receipt = stage.batch(due, due, 99, waiting, ending)
    outcomes = [(name, args.get("order_id")) for name, args in stage.told(receipt)]
    assert outcomes == [("Closed", None), ("OrderExecuted", due), ("OrderCancelled", ending)]
    assert stage.balance(stage.executor) == 80
    assert stage.is_open(waiting)
    stage.check_books()


def test_execute_batch__when_gas_runs_low__then_the_rest_is_skipped(stage):
    orders = [stage.reduce() for _ in range(4)]
    stage.push(80)
    stage.batch(*orders, gas=1_130_000)
    left = [stage.is_open(order) for order in orders]
    assert left[0] is False
    assert left[-1] is True


def test_execute_batch__when_more_than_it_takes__then_refused(stage):
    stage.batch(*range(1, 33))
    with pytest.raises(TransactionReverted, match="reverted without a reason"):
        stage.batch(*range(1, 34))


# Cancelling


@pytest.mark.parametrize("kind", [STOP_LOSS, LIMIT])
def test_cancel__then_owner_gets_everything_back(stage, kind):
    before = stage.balances()
    order = stage.limit() if kind == LIMIT else stage.reduce()
    stage.push(80, "oracle: price stale")
    receipt = stage.cancel(order)
    told = {"order_id": order, "by": stage.trader, "reason": CANCELLED, "fee": 0}
    assert stage.told(receipt) == [("OrderCancelled", told)]
    assert stage.moved(before) == {}
    assert stage.orders.call("order", order) == NOTHING


def test_cancel__when_not_the_owners_or_gone__then_refused(stage, refused):
    order = stage.reduce()
    with refused("orders: not owner"):
        stage.cancel(order, stage.rival)
    stage.cancel(order)
    for gone in (0, order, order + 1):
        with refused("orders: no such order"):
            stage.cancel(gone)


# Looking


def test_executable__then_what_execute_would_take(stage):
    due = stage.reduce()
    waiting = stage.reduce(trigger=70)
    opening = stage.limit()
    gone = stage.reduce(position=2)
    cancelled = stage.reduce()
    stage.cancel(cancelled)
    stage.hold(2, 0)
    assert stage.orders.call("executable", 1, 256) == (gone,)
    stage.push(80)
    late = stage.reduce(trigger=95)
    assert stage.orders.call("executable", 1, 256) == (due, opening, gone)
    assert stage.orders.call("executable", 2, 2) == (opening,)
    stage.say("set_opening_paused", True)
    assert stage.orders.call("executable", 1, 256) == (due, gone)
    stage.push(80, "oracle: price stale")
    assert stage.orders.call("executable", 1, 256) == (gone,)
    stage.push(80)
    assert stage.orders.call("executable", late, 256) == (late,)
    assert waiting not in stage.orders.call("executable", 1, 256)


def test_executable__when_more_than_a_page__then_refused(stage):
    with pytest.raises(TransactionReverted, match="reverted without a reason"):
        stage.orders.call("executable", 1, 257)


# Reentrancy


def test_execute__when_market_comes_back__then_it_enters_nothing(stage):
    order, other = stage.reduce(), stage.reduce(sender=stage.trader)
    stage.push(80)
    for call in (("execute", other), ("execute_batch", [other]), ("claim", stage.rival), ("cancel", other)):
        snapshot = stage.chain.snapshot()
        stage.say(
            "set_intrusion", stage.orders.address, stage.orders.transaction(*call, sender=stage.rival).data
        )
        assert stage.ended(stage.execute(order)) == UNREADABLE
        assert stage.is_open(other)
        stage.chain.revert(snapshot)
