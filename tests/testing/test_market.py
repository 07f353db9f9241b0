"""The handles: what people and positions do, in human numbers, against figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from isomargin.chain import Chain
from isomargin.errors import InputError, TransactionReverted
from isomargin.model import Status
from isomargin.testing import Person, reverts


def test_open__size_and_margin__position_in_human_numbers(market, trader):
    position = trader.open(size=10, margin=100)
    # a skew of 10 on a scale of 30,000 lifts the price by half of 10 / 30,000 on average
    fill = 100 * (1 + Decimal(5) / 30_000)
    fee, reserve = 10 * fill * Decimal("0.0007"), 3
    assert position.size == 10
    assert position.margin == pytest.approx(100 - fee, abs=Decimal("0.000002"))
    assert position.maintenance == 20  # 2% of 1,000
    assert position.status is Status.HEALTHY
    assert position.owner == trader
    assert trader.tokens == 1_000_000 - 100 - reserve
    assert position.opened["PositionOpened"]["owner"] == trader
    assert [one.id for one in market.positions()] == [position.id]
    assert market.positions()[0].owner is trader


def test_open__price_limit_in_the_way__reverts(trader):
    with reverts("market: price limit"):
        trader.open(size=10, margin=100, price_limit=100)
    with reverts("market: price limit"):
        trader.open(size=-10, margin=100, price_limit=100)
    assert trader.open(size=10, margin=100, price_limit="100.02").is_open


def test_position__short_and_long__can_be_changed_and_closed(market, trader):
    for size in (10, -10):
        position = trader.open(size=size, margin=200)
        position.increase(5)
        assert position.size == size * Decimal("1.5")
        position.decrease("7.5")
        assert position.size == size * Decimal("0.75")
        before = position.margin
        position.add_margin(50)
        position.withdraw_margin(20)
        assert position.margin == before + 30
        position.close()
        assert not position.is_open
        assert position.status is None
        with pytest.raises(InputError, match="has ended"):
            _ = position.health


def test_position__somebody_else__acts_only_once_approved(market, trader):
    friend = market.person("friend")
    position = trader.open(size=10, margin=100)
    with reverts("market: not owner"):
        position.close(by=friend)
    position.approve(friend)
    position.close(by=friend)
    assert not position.is_open


def test_open__for_somebody_else__is_theirs(market, trader):
    friend = market.person("friend", tokens=0)
    position = trader.open(size=10, margin=100, owner=friend)
    position.close()
    assert friend.tokens > 90


def test_keeper__price_falls__liquidates_one_or_several(market, trader, keeper):
    first, second, third = (trader.open(size=10, margin=60) for _ in range(3))
    market.oracle.push(95)
    assert market.liquidatable() == [first.id, second.id, third.id]
    assert first.is_liquidatable
    done = keeper.liquidate(first)
    assert done["PositionLiquidated"]["keeper"] == keeper
    keeper.liquidate(second, third.id)
    assert keeper.tokens > 0
    assert market.liquidatable() == []
    assert len(market.events("PositionLiquidated")) == 3


def test_provider__deposits_and_leaves__pool_and_worth_follow(market):
    provider = market.person("provider", tokens=1_000)
    pool = market.pool_assets
    provider.deposit(400)
    assert market.pool_assets == pool + 400
    assert (provider.tokens, provider.shares, provider.worth) == (600, 400, 1_000)
    provider.redeem(100)
    provider.redeem()
    assert (provider.tokens, provider.shares) == (1_000, 0)


def test_worth__open_position__counts_equity_and_reserve_not_the_fee(market, trader):
    before = trader.worth
    position = trader.open(size=10, margin=100)
    assert trader.worth == trader.tokens + position.equity + 3
    assert before - 2 < trader.worth < before


def test_oracle__time_passes__push_comes_when_asked(market):
    now = market.chain.timestamp
    market.oracle.push("101.5", after=600)
    assert (market.chain.timestamp, market.price) == (now + 600, Decimal("101.5"))
    market.wait(86_401)
    assert market.oracle.reason == "oracle: price stale"
    market.oracle.push(99)
    assert (market.oracle.reason, market.oracle.price) == ("", 99)


def test_oracle__paused__nobody_opens_until_it_is_resumed(market, trader):
    market.oracle.pause()
    with reverts("oracle: paused"):
        trader.open(size=1, margin=100)
    market.oracle.resume()
    assert trader.open(size=1, margin=100).is_open


def test_send_all__one_fails__raises_its_reason(market, trader):
    system = market.system
    transactions = [system.push_price(10**20), system.liquidate(trader, 99)]
    with pytest.raises(TransactionReverted, match=r"^market: "):
        market.send_all(transactions)


def test_person__asked_for_again__is_the_same_and_gets_nothing(market):
    poor = market.person("poor", tokens=10)
    poor.transfer(market.person("rich"), 10)
    assert market.person("poor", tokens=10) is poor
    assert poor.tokens == 0


def test_person__address__is_what_it_is(market, trader):
    assert trader == trader.address == market.chain.account("trader")
    assert type(trader.address) is str
    assert repr(trader) == f"<trader {trader.address}>"
    assert market.system.token.call("balanceOf", trader) == 10**12


def test_person__without_market__has_ether_alone():
    chain = Chain("revm")
    person, other = Person(chain, "attacker"), Person(chain, "other")
    before = other.ether
    person.send_ether(other, "0.5")
    assert other.ether == before + Decimal("0.5")
    with pytest.raises(InputError, match="no market in this test"):
        _ = person.tokens


def test_isolated__inside__is_undone(market, trader):
    with market.isolated():
        trader.open(size=1, margin=100)
    assert market.positions() == []
