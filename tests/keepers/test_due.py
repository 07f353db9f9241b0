"""What a book has due: found when it is asked for, once, and without a look at everybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from isomargin.agents import LiquidateBatch
from isomargin.book import Book
from isomargin.keepers import (
    BookDue,
    KeeperView,
    LiquidationKeeper,
    calls_due,
    orders_due,
    rewards_due,
    winners_due,
)
from isomargin.protocol import MarketState
from isomargin.units import WAD, to_wad
from tests.synthetic_book import below_call_level, end, full_scan, looks, open_position, synthetic_book
from tests.system_helpers import terms_of

TERMS = terms_of()
RISK, SCALE = TERMS.risk, TERMS.token_scale


def state_at(price: str, **changes: Any) -> MarketState:
    """Nothing but a price and a pool that can pay."""
    known = MarketState(to_wad(price), "", *([0] * 13))
    return replace(known, pool_cash=10**15, last_id=1_000, **changes)


def sound_book(count: int) -> Book:
    """A book without those that are below maintenance at 100."""
    book = synthetic_book(count)
    for position in full_scan(book, 100 * WAD, 0, RISK, SCALE):
        end(book, position)
    return book


def call(book: Book, position: int) -> None:
    book.apply("margin_calls", "MarginCalled", {"id": position})


# Each part


def test_calls_due__some_called_before__are_those_whose_state_is_news():
    book, state = synthetic_book(400), state_at("95")
    unhealthy = below_call_level(book, state.price, 0, RISK, SCALE, WAD)
    healthy = sorted(book.positions.keys() - set(unhealthy))
    for position in unhealthy[::2] + healthy[::3]:
        call(book, position)
    news = unhealthy[1::2] + healthy[::3]
    assert len(unhealthy) > 50
    assert calls_due(book, TERMS, state) == tuple(sorted(news))


def test_calls_due__called_and_gone__is_no_news():
    book = synthetic_book(3)
    end(book, 2)
    call(book, 2)  # no contract says this of a position that is gone
    assert 2 not in calls_due(book, TERMS, state_at("100"))


def test_calls_due__multiplier__raises_the_call_level():
    # equity 60 on a notional of 1,000: maintenance is 20 and its call level 24; at 2.6 times, 52 and 62.4
    book = Book()
    open_position(book, 1, 10 * WAD, 1_000 * WAD, 60 * 10**6, 0)
    assert calls_due(book, TERMS, state_at("100")) == ()
    assert calls_due(book, TERMS, state_at("100", maintenance_multiplier=to_wad("2.6"))) == (1,)
    assert rewards_due(book, TERMS, state_at("100", maintenance_multiplier=to_wad("2.6"))) == {}


def test_rewards_due__in_the_grace__are_of_those_below_at_both_prices():
    book = synthetic_book(400)
    now, before = (set(full_scan(book, to_wad(price), 0, RISK, SCALE)) for price in ("95", "103"))
    state = state_at("95", grace_ends_at=9, price_before=to_wad("103"))
    assert rewards_due(book, TERMS, state).keys() == now & before
    assert 0 < len(now & before) < len(now)
    assert rewards_due(book, TERMS, replace(state, price_before=0)) == {}
    assert rewards_due(book, TERMS, replace(state, grace_ends_at=0)).keys() == now


def test_winners_due__claims_in_proportion__are_none_and_nobody_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
):
    terms = replace(TERMS, parameters=replace(TERMS.parameters, adl_threshold=WAD))
    book, state = synthetic_book(50), state_at("150")
    half = state.pool_cash * SCALE // 2  # as much as would be left for providers: tolerated
    with looks(monkeypatch) as seen:
        assert winners_due(book, terms, replace(state, trader_claims=half)) == ()
    assert seen == []
    assert winners_due(book, terms, replace(state, trader_claims=half + 1)) != ()


# All together


def test_book_due__each_part__is_found_once():
    due = BookDue(synthetic_book(50), TERMS, state_at("97"), now=5)
    assert due.rewards == rewards_due(due.book, TERMS, due.state) != {}
    assert due.calls == calls_due(due.book, TERMS, due.state) != ()
    assert due.winners == winners_due(due.book, TERMS, due.state)
    assert due.orders == orders_due(due.book, TERMS, due.state, 5)
    assert due.rewards is due.rewards
    assert due.calls is due.calls


def test_act__liquidation_keeper__asks_for_nothing_else_and_looks_at_few(monkeypatch: pytest.MonkeyPatch):
    book = sound_book(3_000)
    assert rewards_due(book, TERMS, state_at("100")) == {}  # from here on all are in order
    keeper = LiquidationKeeper("swift", "0xK", batch_size=50, gas_bid=WAD, latency=0, min_profit=0)
    due = BookDue(book, TERMS, state_at("99.5"), now=5)
    with looks(monkeypatch) as seen:
        (bid,) = keeper.act(KeeperView(7, 1, lambda wei: wei, due))
    assert isinstance(bid.action, LiquidateBatch)
    assert 10 < len(bid.action.ids) < 50
    assert len(seen) <= 2 * len(bid.action.ids) + 10  # once to judge and once to foresee the reward
    assert not {"calls", "winners", "orders"} & vars(due).keys()  # nobody asked
