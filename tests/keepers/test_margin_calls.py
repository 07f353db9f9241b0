"""Margin-call keepers: whom they call, in which order, and what their book remembers."""

from __future__ import annotations

from isomargin.agents import CallMargin
from isomargin.book import Book
from isomargin.keepers import Bid, KeeperView, KnownDue, MarginCallKeeper, calls_due
from isomargin.protocol import ProtocolEvent
from isomargin.units import WAD
from tests.system_helpers import Stage, rebuilt_book


def keeper(**changed) -> MarginCallKeeper:
    terms = {"batch_size": 2, "gas_bid": 2 * WAD, "latency": 1} | changed
    return MarginCallKeeper(name="watch", account="0x01", **terms)


def view(calls: tuple[int, ...], on_the_way: frozenset[int] = frozenset()) -> KeeperView:
    return KeeperView(
        block=1, gas_price=7, gas_cost=lambda wei: wei, due=KnownDue(calls=calls), on_the_way=on_the_way
    )


def test_act__when_more_are_due_than_a_block_takes__then_the_oldest_that_are_not_on_the_way():
    bids = keeper().act(view((1, 3, 4, 8), frozenset({3})))
    assert bids == [Bid(CallMargin(1), 14), Bid(CallMargin(4), 14)]


def test_act__when_nothing_is_due__then_nothing():
    assert keeper().act(view(())) == []


def due(stage: Stage, book: Book) -> tuple[int, ...]:
    return calls_due(book, stage.system.terms, stage.system.market_state())


def test_calls_due__when_price_falls_and_rises__then_each_crossing_once():
    stage = Stage()
    careful, risky = stage.open_one("alice", "10", 200), stage.open_one("bob", "10", 50)
    assert due(stage, rebuilt_book(stage.system)) == ()
    stage.push("97")  # bob keeps about 20 of the 24 that 1.2 times his maintenance are
    assert due(stage, rebuilt_book(stage.system)) == (risky,)
    (receipt,) = stage.mine(stage.system.call_margin(stage.keeper, risky)).receipts
    assert [told(event) for event in stage.system.events(receipt.logs)] == ["margin_calls.MarginCalled"]
    book = rebuilt_book(stage.system)
    assert book.margin_called == {risky}
    assert due(stage, book) == ()
    stage.push("101")
    assert due(stage, rebuilt_book(stage.system)) == (risky,)
    stage.mine(stage.system.call_margin(stage.keeper, risky))
    assert rebuilt_book(stage.system).margin_called == set()
    stage.push("80")
    assert due(stage, rebuilt_book(stage.system)) == (careful, risky)


def test_calls_due__when_called_position_ends__then_forgotten():
    stage = Stage()
    risky = stage.open_one("bob", "10", 50)
    stage.push("97")
    stage.mine(stage.system.call_margin(stage.keeper, risky))
    stage.push("90")
    stage.mine(stage.system.liquidate(stage.keeper, risky))
    book = rebuilt_book(stage.system)
    assert risky in book.ended
    assert book.margin_called == set()


def test_calls_due__when_price_is_bad__then_none():
    stage = Stage()
    stage.open_one("bob", "10", 50)
    stage.push("97")
    stage.mine(after=86_401)
    assert due(stage, rebuilt_book(stage.system)) == ()


def told(item: ProtocolEvent) -> str:
    return f"{item.contract}.{item.event.name}"
