"""Trigger orders in plain integers: when they wait, execute or end, and where every token of escrow goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from isomargin.model import (
    TRIGGER_ORDERS,
    Moment,
    OrderKind,
    OrderOutcome,
    Rejected,
    TriggerOrder,
    TriggerOrdersModel,
)
from isomargin.units import WAD, to_wad
from tests.model.helpers import FAR, NO_LIMIT, TOKEN, at, funded_market

FEE = 2 * TOKEN
STOP, TAKE, LIMIT = OrderKind.STOP_LOSS, OrderKind.TAKE_PROFIT, OrderKind.LIMIT


def desk(**changes: int) -> TriggerOrdersModel:
    """A market with position 1, Alice's, 10 long at 100 with a margin of 100 tokens, under trigger orders."""
    terms: dict[str, Any] = {"trade_fee_ratio": 0, "max_funding_rate": 0}
    market = funded_market(**(terms | changes))
    orders = TriggerOrdersModel(market, min_fee=TOKEN)
    market.open("alice", 10 * WAD, 100 * TOKEN, NO_LIMIT, FAR, at(100))
    market.approve("alice", 1, TRIGGER_ORDERS)
    return orders


def stop(orders: TriggerOrdersModel, **changes: Any) -> int:
    terms: dict[str, Any] = {
        "caller": "alice",
        "position_id": 1,
        "kind": STOP,
        "quantity": 0,
        "trigger_price": 95 * WAD,
        "price_limit": 0,
        "deadline": FAR,
        "fee": FEE,
        "at": at(100),
        "round_id": 7,
    }
    return orders.place_reduce(**(terms | changes))


def limit(orders: TriggerOrdersModel, **changes: Any) -> int:
    terms: dict[str, Any] = {
        "caller": "bob",
        "size": 5 * WAD,
        "margin": 50 * TOKEN,
        "trigger_price": 95 * WAD,
        "price_limit": NO_LIMIT,
        "deadline": FAR,
        "fee": FEE,
        "at": at(100),
        "round_id": 7,
    }
    return orders.place_limit(**(terms | changes))


def state_of(orders: TriggerOrdersModel) -> tuple[object, ...]:
    balances = dict(orders.market.token.balances)
    return dict(orders.orders), dict(orders.claimable), orders.last_id, orders.market.books, balances


def assert_refused(orders: TriggerOrdersModel, reason: str, action) -> None:
    """The action is refused with exactly this reason and changes nothing."""
    before = state_of(orders)
    with pytest.raises(Rejected) as refusal:
        action()
    assert refusal.value.reason == reason
    assert state_of(orders) == before


def assert_ends(orders: TriggerOrdersModel, order: int, reason: str, moment: Moment, back: int = 0) -> None:
    """The order ends without a trade: `back` to the owner, the fee to the keeper."""
    owner, token, books = orders.orders[order].owner, orders.market.token, orders.market.books
    before = token.balance(owner), token.balance("keeper")
    assert orders.execute("keeper", order, moment, 8) == OrderOutcome(order, None, reason, FEE)
    assert order not in orders.orders
    assert (token.balance(owner), token.balance("keeper")) == (before[0] + back, before[1] + FEE)
    assert orders.market.books == books
    assert token.balance(TRIGGER_ORDERS) == orders.holdings


# Placing


def test_place_reduce__then_fee_is_held():
    orders = desk()
    alice = orders.market.token.balance("alice")
    assert stop(orders, kind=TAKE, quantity=3 * WAD, trigger_price=110 * WAD, price_limit=109 * WAD) == 1
    assert orders.orders[1] == TriggerOrder(
        owner="alice",
        kind=TAKE,
        is_long=True,
        position_id=1,
        quantity=3 * WAD,
        deposit=0,
        fee=FEE,
        trigger_price=110 * WAD,
        price_limit=109 * WAD,
        deadline=FAR,
        placed_round=7,
        oracle="oracle",
    )
    assert orders.market.token.balance("alice") == alice - FEE
    assert orders.market.token.balance(TRIGGER_ORDERS) == orders.holdings == FEE


def test_place_limit__then_margin_reserve_and_fee_are_held():
    orders = desk()
    assert limit(orders, size=-5 * WAD) == 1
    placed = orders.orders[1]
    assert (placed.is_long, placed.quantity, placed.deposit, placed.fee) == (False, 5 * WAD, 53 * TOKEN, FEE)
    assert orders.market.token.balance(TRIGGER_ORDERS) == orders.holdings == 55 * TOKEN


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("orders: wrong kind", {"kind": LIMIT}),
        ("orders: wrong kind", {"kind": 0}),
        ("orders: deadline passed", {"deadline": 9, "at": at(100, 10)}),
        ("orders: trigger out of range", {"trigger_price": 0}),
        ("orders: trigger out of range", {"trigger_price": 2**96}),
        ("orders: no such position", {"position_id": 2}),
        ("orders: not owner", {"caller": "bob"}),
        ("orders: no round known", {"round_id": 0}),
        ("orders: fee too low", {"fee": TOKEN - 1}),
        ("token: insufficient balance", {"fee": 10**7 * TOKEN}),
    ],
)
def test_place_reduce__when_terms_are_wrong__then_refused(reason, changes):
    orders = desk()
    assert_refused(orders, reason, lambda: stop(orders, **changes))


def test_place_reduce__when_another_manages_the_position__then_refused():
    orders = desk()
    orders.market.approve("alice", 1, "bob")
    assert_refused(orders, "orders: not manager", lambda: stop(orders))


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("orders: size is zero", {"size": 0}),
        ("orders: size too large", {"size": 2**127}),
        ("orders: size too large", {"size": -(2**127)}),
        ("orders: deadline passed", {"deadline": 9, "at": at(100, 10)}),
        ("orders: trigger out of range", {"trigger_price": 0}),
        ("orders: fee too low", {"fee": TOKEN - 1}),
        ("orders: no round known", {"round_id": 0}),
        ("token: insufficient balance", {"margin": 10**7 * TOKEN}),
    ],
)
def test_place_limit__when_terms_are_wrong__then_refused(reason, changes):
    orders = desk()
    assert_refused(orders, reason, lambda: limit(orders, **changes))


@pytest.mark.parametrize("amounts", [{"fee": 2**96}, {"margin": 2**128}])
def test_place_limit__when_an_amount_does_not_fit__then_refused(amounts):
    orders = desk()
    orders.market.token.mint("bob", 2**130)
    assert_refused(orders, "orders: amount too large", lambda: limit(orders, **amounts))


def test_place__when_numbers_mean_without_limit__then_cut_to_what_is_kept():
    orders = desk()
    placed = orders.orders[
        stop(
            orders, quantity=2**256 - 1, price_limit=2**256 - 1, deadline=2**256 - 1, trigger_price=2**96 - 1
        )
    ]
    assert (placed.quantity, placed.price_limit, placed.deadline) == (2**128 - 1, 2**160 - 1, 2**64 - 1)


def test_place__when_token_takes_a_hundredth__then_what_arrived_counts():
    orders = desk()
    orders.market.token.transfer_fee_ratio = to_wad("0.01")
    assert orders.orders[stop(orders, fee=100 * TOKEN)].fee == 99 * TOKEN
    # 100 for margin, reserve and fee, of which 99 arrive: the tax is the margin's
    placed = orders.orders[limit(orders, margin=87 * TOKEN, fee=10 * TOKEN)]
    assert (placed.deposit, placed.fee) == (89 * TOKEN, 10 * TOKEN)
    assert orders.market.token.balance(TRIGGER_ORDERS) == orders.holdings
    # 0.05 + 3 + 2 of which 1% is lost, 5.05 * 0.99 = 4.9995
    assert_refused(orders, "orders: margin below reserve", lambda: limit(orders, margin=50_000))


# Triggers


@pytest.mark.parametrize(
    ("kind", "is_long", "falls"),
    [
        (STOP, True, True),
        (STOP, False, False),
        (TAKE, True, False),
        (TAKE, False, True),
        (LIMIT, True, True),
        (LIMIT, False, False),
    ],
)
def test_is_triggered__then_at_the_trigger_and_beyond(kind, is_long, falls):
    orders = desk()
    stop(orders)
    order = replace(orders.orders[1], kind=kind, is_long=is_long)
    answers = [order.is_triggered(price) for price in (95 * WAD - 1, 95 * WAD, 95 * WAD + 1)]
    assert answers == ([True, True, False] if falls else [False, True, True])


# Executing


@pytest.mark.parametrize(("quantity", "left"), [(0, 0), (10 * WAD, 0), (11 * WAD, 0), (4 * WAD, 6 * WAD)])
def test_execute__when_reducing__then_the_market_reduces_and_the_keeper_is_paid(quantity, left):
    orders = desk()
    order = stop(orders, quantity=quantity)
    outcome = orders.execute("keeper", order, at(95), 8)
    assert (outcome.order_id, outcome.reason, outcome.fee) == (order, "", FEE)
    assert outcome.trade is not None
    assert outcome.trade.delta == left - 10 * WAD
    assert orders.market.holding(1).size == left
    assert orders.market.token.balance("keeper") == 1_000_002 * TOKEN
    assert orders.holdings == orders.market.token.balance(TRIGGER_ORDERS) == 0


def test_execute__when_limit__then_opens_for_the_owner_with_the_whole_deposit():
    orders = desk()
    order = limit(orders)
    bob = orders.market.token.balance("bob")
    outcome = orders.execute("keeper", order, at(95), 8)
    assert outcome.trade is not None
    assert (outcome.trade.position_id, outcome.trade.delta) == (2, 5 * WAD)
    record = orders.market.record(2)
    assert record is not None
    assert (record.owner, record.keeper_reserve) == ("bob", 3 * TOKEN)
    assert orders.market.margin(2) == 50 * TOKEN
    assert orders.market.token.balance("bob") == bob
    assert orders.market.token.balance(TRIGGER_ORDERS) == 0


@pytest.mark.parametrize(("reserve", "margin"), [(1, 52), (10, 43)])
def test_execute__when_keeper_reserve_moved__then_the_whole_deposit_opens(reserve, margin):
    orders = desk()
    order = limit(orders)
    changed = replace(orders.market.parameters, keeper_reserve=reserve * TOKEN)
    orders.market.set_parameters("admin", changed, at(100))
    orders.execute("keeper", order, at(95), 8)
    assert orders.market.margin(2) == margin * TOKEN


# Waiting


def test_execute__when_it_has_to_wait__then_refused():
    orders = desk()
    order = stop(orders)
    assert_refused(orders, "orders: no such order", lambda: orders.execute("keeper", 2, at(95), 8))
    for round_id in (6, 7):
        assert_refused(
            orders,
            "orders: needs a later round",
            lambda round_id=round_id: orders.execute("keeper", order, at(95), round_id),
        )
    stale = Moment(0, 95 * WAD, "oracle: price stale")
    assert_refused(orders, "oracle: price stale", lambda: orders.execute("keeper", order, stale, 8))
    assert_refused(orders, "orders: not triggered", lambda: orders.execute("keeper", order, at(96), 8))


def test_execute__when_entering_is_stopped__then_only_limit_orders_wait():
    orders = desk()
    waiting, leaving = limit(orders), stop(orders)
    grace = Moment(0, 95 * WAD, entry_reason="oracle: grace after outage")
    assert_refused(orders, "oracle: grace after outage", lambda: orders.execute("keeper", waiting, grace, 8))
    orders.market.pause_opening("guardian")
    assert_refused(orders, "market: opening paused", lambda: orders.execute("keeper", waiting, at(95), 8))
    assert orders.execute("keeper", leaving, grace, 8).reason == ""
    orders.market.resume_opening("admin")
    assert orders.execute("keeper", waiting, at(95), 8).reason == ""


# Ending


def test_execute__when_deadline_has_passed__then_ends_at_any_price():
    orders = desk()
    on_time, late = limit(orders, deadline=100), limit(orders, deadline=99)
    bad = Moment(100, 0, "oracle: price stale")
    assert_ends(orders, late, "orders: deadline passed", bad, back=53 * TOKEN)
    assert orders.execute("keeper", on_time, at(95, 100), 8).reason == ""


def test_execute__when_oracle_was_replaced__then_ends():
    orders = desk()
    order = stop(orders)
    orders.oracle = "another"
    assert_ends(orders, order, "orders: oracle replaced", at(120))


def test_execute__when_position_is_gone__then_ends_even_without_a_price():
    orders = desk()
    order = stop(orders)
    orders.market.close("alice", 1, 0, FAR, at(100))
    assert_ends(orders, order, "orders: position gone", Moment(0, 0, "oracle: price stale"))


def test_execute__when_reserve_rose_above_the_deposit__then_ends_once_triggered():
    orders = desk()
    order = limit(orders)
    changed = replace(orders.market.parameters, keeper_reserve=54 * TOKEN)
    orders.market.set_parameters("admin", changed, at(100))
    assert_refused(orders, "orders: not triggered", lambda: orders.execute("keeper", order, at(96), 8))
    assert_ends(orders, order, "orders: deposit below reserve", at(95), back=53 * TOKEN)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("market: price limit", {"price_limit": 96 * WAD}),
        ("market: below min notional", {"quantity": 9 * WAD}),
    ],
)
def test_execute__when_market_refuses__then_ends_with_its_reason(reason, changes):
    orders = desk()
    assert_ends(orders, stop(orders, **changes), reason, at(95))


def test_execute__when_approval_was_taken_back__then_ends():
    orders = desk()
    order = stop(orders)
    orders.market.approve("alice", 1, "nobody else")
    assert_ends(orders, order, "market: not owner", at(95))


def test_execute__when_limit_is_refused__then_the_deposit_goes_back():
    orders = desk()
    order = limit(orders, margin=TOKEN)
    assert_ends(orders, order, "market: below initial margin", at(95), back=4 * TOKEN)


# Batches


def test_execute_batch__then_what_waits_is_skipped():
    orders = desk()
    due, waiting, entering = stop(orders, quantity=WAD), stop(orders, trigger_price=90 * WAD), limit(orders)
    outcomes = orders.execute_batch("keeper", [due, due, 9, waiting, entering], at(95), 8)
    assert [(outcome.order_id, outcome.reason) for outcome in outcomes] == [(due, ""), (entering, "")]
    assert list(orders.orders) == [waiting]


def test_execute_batch__when_more_than_it_takes__then_refused():
    orders = desk()
    assert orders.execute_batch("keeper", range(32), at(95), 8) == ()
    assert_refused(orders, "", lambda: orders.execute_batch("keeper", range(33), at(95), 8))


# Taking back


def test_cancel__then_everything_goes_back_to_the_owner_alone():
    orders = desk()
    order = limit(orders)
    assert_refused(orders, "orders: not owner", lambda: orders.cancel("alice", order))
    orders.cancel("bob", order)
    assert orders.market.token.balance("bob") == 1_000_000 * TOKEN
    assert_refused(orders, "orders: no such order", lambda: orders.cancel("bob", order))


def test_cancel__when_token_refuses_the_owner__then_kept_until_claimed():
    orders = desk()
    order = limit(orders)
    token = orders.market.token
    token.blocked.add("bob")
    orders.cancel("bob", order)
    assert orders.claimable == {"bob": 55 * TOKEN}
    assert token.balance(TRIGGER_ORDERS) == orders.holdings == 55 * TOKEN
    assert_refused(orders, "token: refused", lambda: orders.claim("bob", "bob"))
    assert_refused(orders, "orders: nothing to claim", lambda: orders.claim("alice", "alice"))
    assert orders.claim("bob", "carol") == 55 * TOKEN
    assert token.balance("carol") == 55 * TOKEN
    assert_refused(orders, "orders: nothing to claim", lambda: orders.claim("bob", "carol"))


def test_execute__when_token_refuses_the_keeper__then_fee_is_kept():
    orders = desk()
    order = stop(orders)
    orders.market.token.blocked.add("keeper")
    assert orders.execute("keeper", order, at(95), 8).reason == ""
    assert orders.claimable == {"keeper": FEE}


def test_place_and_cancel__then_the_market_is_untouched():
    orders = desk()
    before = orders.market.books
    orders.cancel("alice", stop(orders))
    assert orders.market.books == before
