"""What traders leave to trigger orders: triggers, limits and fees, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from isomargin.agents import (
    ApproveOrders,
    Behaviour,
    CancelOrder,
    Close,
    OrderHabits,
    PlaceLimit,
    PlaceReduce,
    PopulationTraits,
    population,
)
from isomargin.model import OrderKind, TriggerOrder
from isomargin.units import WAD, to_wad
from tests.test_agents import NOW, USD, held, seeded, trader, view

WEEK = 604_800
PROTECTED = OrderHabits(stop_loss=to_wad("0.03"), take_profit=to_wad("0.1"), fee=5 * WAD)


def protected(**changes):
    return trader(behaviour=Behaviour(orders=replace(PROTECTED, **changes)))


def order(owner: str) -> TriggerOrder:
    terms = (1, 0, 0, 5 * USD, 97 * WAD, 0, NOW, 3, "0xO")
    return TriggerOrder(owner, OrderKind.STOP_LOSS, True, *terms)


def reduce(kind: OrderKind, trigger: str, limit: str) -> PlaceReduce:
    return PlaceReduce(1, kind, 0, to_wad(trigger), to_wad(limit), NOW + WEEK, 5 * USD)


# Protecting


def test_act__when_long_position_is_first_seen__then_approves_and_places_both():
    assert protected().act(view(held()), seeded()) == [
        ApproveOrders(1),
        reduce(OrderKind.STOP_LOSS, "97", "92.15"),  # 3% below the entry at 100, and 5% below that
        reduce(OrderKind.TAKE_PROFIT, "110", "104.5"),
    ]


def test_act__when_short_position_is_first_seen__then_on_the_other_side():
    short = held(size=-10 * WAD, cost=-1_000 * WAD)
    assert protected().act(view(short), seeded()) == [
        ApproveOrders(1),
        reduce(OrderKind.STOP_LOSS, "103", "108.15"),
        reduce(OrderKind.TAKE_PROFIT, "90", "94.5"),
    ]


def test_act__when_price_has_moved_since__then_from_the_entry_price_all_the_same():
    stop_only = protected(take_profit=None)
    assert stop_only.act(view(held(), price=104 * WAD), seeded())[1].trigger_price == 97 * WAD


def test_act__when_protected_once__then_never_again():
    someone = protected()
    someone.act(view(held()), seeded())
    assert someone.act(view(held(), step=1), seeded()) == []


def test_act__when_only_an_entry_is_wanted__then_nothing_protects():
    assert protected(stop_loss=None, take_profit=None).act(view(held()), seeded()) == []


def test_act__when_it_watches_too__then_protects_first_and_closes_later():
    someone = trader(behaviour=Behaviour(close_probability=1.0, orders=PROTECTED))
    assert isinstance(someone.act(view(held()), seeded())[0], ApproveOrders)
    assert isinstance(someone.act(view(held(), step=1), seeded())[0], Close)


def test_act__when_position_is_gone__then_takes_its_own_orders_back():
    someone = protected()
    someone.act(view(held()), seeded())
    left = {4: order("0xA"), 7: order("0xB"), 9: order("0xA")}
    assert someone.act(view(step=1, orders=left), seeded()) == [CancelOrder(4), CancelOrder(9)]


# Entering


@pytest.mark.parametrize(
    ("is_long", "trigger", "size", "limit"),
    [(True, "80", "12.5", "84"), (False, "125", "-8", "118.75")],
)
def test_act__when_entry_is_left_to_an_order__then_placed_on_the_better_side(is_long, trigger, size, limit):
    habits = OrderHabits(entry=to_wad("0.2" if is_long else "0.25"), fee=2 * WAD)
    someone = trader(is_long=is_long, behaviour=Behaviour(orders=habits))
    # 1000 of notional at the trigger, 100 of margin
    placed = PlaceLimit(to_wad(size), 100 * USD, to_wad(trigger), to_wad(limit), NOW + WEEK, 2 * USD)
    assert someone.act(view(), seeded()) == [placed]
    assert someone.act(view(step=1), seeded()) == []  # it waits


def test_costs__then_the_fee_of_each_order_that_may_come():
    assert protected().order_costs(6) == 10 * USD
    assert protected(entry=WAD // 10).order_costs(6) == 15 * USD
    assert protected(fee=to_wad("0.0000001")).order_costs(6) == 2  # a fee is rounded up to a unit
    assert trader().order_costs(6) == 0


# A crowd


def crowd(**traits):
    usual: dict[str, Any] = {
        "count": 400,
        "min_notional": 100 * WAD,
        "max_notional": 100 * WAD,
        "min_leverage": 2 * WAD,
        "max_leverage": 2 * WAD,
        "behaviour": Behaviour(top_up_below=WAD // 2, orders=PROTECTED),
    }
    known = PopulationTraits(**(usual | traits))
    return population(known, seeded(), account=lambda name: name, initial_margin=lambda notional: 0)


def test_population__share_of_orders__is_drawn_and_nobody_else_has_any():
    assert not any(one.behaviour.orders for one in crowd())
    assert all(one.behaviour.orders == PROTECTED for one in crowd(orders_share=1.0))
    some = sum(one.behaviour.orders is not None for one in crowd(orders_share=0.25))
    assert 70 < some < 130


def test_population__top_ups_and_orders__are_different_people_while_there_are_enough():
    people = [one.behaviour for one in crowd(top_up_share=0.5, orders_share=0.5)]
    assert all((one.top_up_below is None) != (one.orders is None) for one in people)


def test_population__share_of_orders__leaves_everything_else_as_it_was():
    plain, ordered = crowd(), crowd(orders_share=1.0)
    figures = ("name", "is_long", "notional", "leverage", "opens_at")
    for name in figures:
        assert [getattr(one, name) for one in plain] == [getattr(one, name) for one in ordered]
