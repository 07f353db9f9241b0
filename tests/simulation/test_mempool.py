"""Orders wait until their block, and for room in it."""

import numpy as np
import pytest

from isomargin.chain import Transaction
from isomargin.simulation.mempool import Mempool
from isomargin.simulation.orders import Actor, Order


def order(sender, gas_price, gas=100, positions=()):
    actor = Actor(sender, sender, "keeper")
    transaction = Transaction(sender, "0x0", gas=gas, gas_price=gas_price)
    return Order(actor, "liquidate_batch", transaction, positions)


@pytest.fixture
def random():
    return np.random.default_rng(1)


def test_take__later_order__waits_for_its_block(random):
    mempool = Mempool()
    now, later = order("a", 1), order("b", 9)
    mempool.add(now, 5)
    mempool.add(later, 7)

    assert mempool.take(5, 1_000, random) == [now]
    assert mempool.take(6, 1_000, random) == []
    assert mempool.take(7, 1_000, random) == [later]
    assert mempool.take(8, 1_000, random) == []


def test_take__no_room__keeps_the_cheapest_for_the_next_block(random):
    mempool = Mempool()
    cheap, dear, middle = order("a", 1), order("b", 3), order("c", 2)
    for sent in (cheap, dear, middle):
        mempool.add(sent, 5)

    assert mempool.take(5, 250, random) == [dear, middle]
    assert mempool.take(6, 250, random) == [cheap]


def test_take__newcomer_that_pays_more__goes_before_who_waits(random):
    mempool = Mempool()
    waiting, newcomer = order("a", 1), order("b", 3)
    mempool.add(waiting, 5)
    assert mempool.take(5, 50, random) == []
    mempool.add(newcomer, 6)

    assert mempool.take(6, 200, random) == [newcomer, waiting]


def test_take__two_equal_orders__are_two(random):
    mempool = Mempool()
    mempool.add(order("a", 1), 5)
    mempool.add(order("a", 1), 5)

    assert len(mempool.take(5, 100, random)) == 1
    assert len(mempool.take(6, 100, random)) == 1


def test_senders_and_positions__until_taken__are_those_on_the_way(random):
    mempool = Mempool()
    mempool.add(order("a", 1, positions=(3, 1)), 5)
    mempool.add(order("a", 1, positions=(8,)), 6)
    mempool.add(order("b", 1, positions=(9,)), 6)

    assert mempool.senders() == {"a", "b"}
    assert mempool.positions_of("a") == {1, 3, 8}
    mempool.take(5, 1_000, random)
    assert mempool.positions_of("a") == {8}
    mempool.take(6, 1_000, random)
    assert mempool.senders() == set()
    assert mempool.positions_of("a") == frozenset()


# What waits too long


def test_overdue__no_room_in_an_earlier_block__is_told_apart_from_what_is_not_there_yet(random):
    mempool = Mempool()
    early, later, other = order("a", 1), order("a", 2), order("b", 1)
    for sent, block in ((early, 5), (later, 6), (other, 5)):
        mempool.add(sent, block)

    assert mempool.overdue("a", 5) == []
    assert mempool.take(5, 0, random) == []
    assert mempool.overdue("a", 6) == [early]
    assert mempool.overdue("a", 7) == [early, later]
    assert mempool.orders_of("a") == [early, later]


def test_reprice__waiting_order__is_mined_by_its_new_price(random):
    mempool = Mempool()
    cheap, usual = order("a", 1, positions=(4,)), order("b", 5)
    for sent in (cheap, usual):
        mempool.add(sent, 5)
    mempool.reprice(cheap, 9)

    first, second = mempool.take(5, 1_000, random)
    assert (first.gas_price, first.positions, second) == (9, (4,), usual)


def test_reprice__one_of_two_equal_orders__leaves_the_other(random):
    mempool = Mempool()
    twins = order("a", 1), order("a", 1)
    for sent in twins:
        mempool.add(sent, 5)
    mempool.reprice(twins[1], 9)

    assert [taken.gas_price for taken in mempool.take(5, 1_000, random)] == [1, 9]
