"""Whose position it is: opened for another, managed by another, paid to its owner alone; worked by hand."""

from __future__ import annotations

import pytest

from isomargin.model import NOBODY, MarketModel, Moment, vault_of
from isomargin.units import to_wad
from tests.model.helpers import FAR, NO_LIMIT, TOKEN, assert_refused, at, funded_market

STALE = Moment(0, price_reason="oracle: price stale")


@pytest.fixture
def market() -> MarketModel:
    """Alice is long ten since 200 with 97.99 of margin, and bob is her manager."""
    market = funded_market()
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    market.approve("alice", 1, "bob")
    return market


def test_open__for_another__is_paid_by_the_caller_and_belongs_to_the_owner() -> None:
    market = funded_market()
    market.open("bob", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200), owner="alice")
    record = market.record(1)
    assert record is not None
    assert (record.owner, record.manager) == ("alice", NOBODY)
    assert market.token.balance("bob") == 999_897 * TOKEN
    assert market.token.balance("alice") == 1_000_000 * TOKEN
    assert_refused(market, "market: not owner", lambda: market.close("bob", 1, 0, FAR, at(210)))
    assert market.close("alice", 1, 0, FAR, at(210)).payout == 199_379_500  # worked out in test_market
    assert market.token.balance("alice") == 1_000_000 * TOKEN + 199_379_500


def test_open__for_the_zero_address__is_refused_after_a_size_of_zero_and_before_the_price() -> None:
    market = funded_market()

    def opens(size: int) -> None:
        market.open("bob", size, 100 * TOKEN, NO_LIMIT, FAR, STALE, owner=NOBODY)

    assert_refused(market, "market: size is zero", lambda: opens(0))
    assert_refused(market, "market: owner is zero", lambda: opens(1))


def test_manager__of_a_position__trades_and_withdraws_for_its_owner(market: MarketModel) -> None:
    before = {name: market.token.balance(name) for name in ("alice", "bob")}
    market.increase("bob", 1, to_wad(1), NO_LIMIT, FAR, at(200))
    market.decrease("bob", 1, to_wad(2), 0, FAR, at(200))
    market.withdraw_margin("bob", 1, TOKEN, at(200))
    payout = market.close("bob", 1, 0, FAR, at(200)).payout
    assert payout > 0
    assert market.token.balance("bob") == before["bob"]
    assert market.token.balance("alice") == before["alice"] + TOKEN + payout


def test_manager__of_a_position__approves_nobody_and_claims_nothing(market: MarketModel) -> None:
    assert_refused(market, "market: not owner", lambda: market.approve("bob", 1, "carol"))
    market.token.blocked.add("alice")
    market.close("bob", 1, 0, FAR, at(200))
    assert market.token.balance(vault_of(1)) > 0
    assert_refused(market, "market: not owner", lambda: market.claim("bob", 1, "bob"))


def test_approve__of_another__takes_the_right_from_the_one_before(market: MarketModel) -> None:
    market.approve("alice", 1, "carol")
    for refused in (
        lambda: market.increase("bob", 1, to_wad(1), NO_LIMIT, FAR, at(200)),
        lambda: market.decrease("bob", 1, to_wad(1), 0, FAR, at(200)),
        lambda: market.withdraw_margin("bob", 1, 1, at(200)),
        lambda: market.close("bob", 1, 0, FAR, at(200)),
    ):
        assert_refused(market, "market: not owner", refused)
    market.withdraw_margin("carol", 1, 1, at(200))


def test_approve__of_nobody__leaves_the_owner_alone(market: MarketModel) -> None:
    market.approve("alice", 1, NOBODY)
    assert_refused(market, "market: not owner", lambda: market.close("bob", 1, 0, FAR, at(200)))
    market.close("alice", 1, 0, FAR, at(200))


def test_approve__of_what_is_not_open__is_refused(market: MarketModel) -> None:
    assert_refused(market, "market: no such position", lambda: market.approve("alice", 2, "bob"))
    market.close("alice", 1, 0, FAR, at(200))
    assert_refused(market, "market: no such position", lambda: market.approve("alice", 1, "bob"))


def test_approve__by_a_stranger__is_refused_and_needs_no_price(market: MarketModel) -> None:
    assert_refused(market, "market: not owner", lambda: market.approve("carol", 1, "carol", STALE))
    market.approve("alice", 1, "carol", STALE)
    assert market.books.accrued_at == 0


def test_approval__after_a_trade_or_a_partial_liquidation__still_stands(market: MarketModel) -> None:
    market.increase("alice", 1, 1, NO_LIMIT, FAR, at(200))
    market.decrease("alice", 1, 1, 0, FAR, at(200))
    assert not market.liquidate("keeper", 1, at("192.8")).outcome.full
    market.close("bob", 1, 0, FAR, at(200))


def test_approval__of_one_position__does_not_reach_another(market: MarketModel) -> None:
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    assert_refused(market, "market: not owner", lambda: market.close("bob", 2, 0, FAR, at(200)))
