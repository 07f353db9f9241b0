"""Funding as the market's actions accrue it: the skew before, the price of the action, the mode in force."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isomargin.model import MarketModel
from isomargin.units import to_wad
from tests.model.helpers import FAR, FLAT, NO_LIMIT, TOKEN, assert_refused, at, funded_market

DAY = 86_400
# At a skew of 1% of its scale the rate moves by 1% a day.
VELOCITY = {"max_funding_rate": to_wad("0.1"), "max_funding_velocity": to_wad(1), "trade_fee_ratio": 0}


def scaled(rate: str) -> int:
    return to_wad(rate) * DAY


@pytest.fixture
def market() -> MarketModel:
    """Alice is long ten of a scale of a thousand since 200 and time 0; the rate begins at nothing."""
    market = funded_market(FLAT, 1_000_000 * TOKEN, **VELOCITY)
    market.open("alice", to_wad(10), 1_000 * TOKEN, NO_LIMIT, FAR, at(200))
    return market


def test_velocity__a_day_of_one_percent__has_moved_the_rate_there_and_the_index_by_half(
    market: MarketModel,
) -> None:
    assert market.funding_index_at(to_wad(200), DAY) == to_wad(1)  # half a percent of 200
    market.liquidate_batch("keeper", [], at(200, DAY))
    books = market.books
    assert (books.funding_index, books.scaled_rate, books.accrued_at) == (to_wad(1), scaled("0.01"), DAY)
    assert market.holding(1).accrued_funding(books.funding_index) == to_wad(10)


def test_velocity__skew_turned__turns_the_rate_and_pays_back(market: MarketModel) -> None:
    # The skew of ten long stands for the day before bob sells twenty; from then on it is ten short.
    market.open("bob", -to_wad(20), 1_000 * TOKEN, 0, FAR, at(200, DAY))
    assert market.funding_index_at(to_wad(200), 2 * DAY) == to_wad(2)  # from 1% to nothing
    assert market.funding_index_at(to_wad(200), 3 * DAY) == to_wad(1)  # and on to -1%
    market.liquidate_batch("keeper", [], at(200, 3 * DAY))
    assert market.books.scaled_rate == scaled("-0.01")
    index = market.books.funding_index
    assert market.holding(1).accrued_funding(index) == to_wad(10)
    assert market.holding(2).accrued_funding(index) == 0


def test_velocity__skew_gone__leaves_the_rate_where_it_is(market: MarketModel) -> None:
    market.open("bob", -to_wad(10), 1_000 * TOKEN, 0, FAR, at(200, DAY))
    market.liquidate_batch("keeper", [], at(200, 3 * DAY))
    assert market.books.scaled_rate == scaled("0.01")
    assert market.books.funding_index == to_wad(5)  # 1, and twice 1% of 200


def test_velocity__bound_reached__stays_there(market: MarketModel) -> None:
    # Ten days to 10%, at 5% on average, and two at 10%: 70% of 200.
    market.liquidate_batch("keeper", [], at(200, 12 * DAY))
    assert (market.books.funding_index, market.books.scaled_rate) == (to_wad(140), scaled("0.1"))


def test_velocity__price_of_the_action__counts_for_the_whole_time(market: MarketModel) -> None:
    market.liquidate_batch("keeper", [], at(300, DAY))
    assert market.books.funding_index == to_wad("1.5")


def test_velocity__claims__count_the_funding_that_the_next_action_accrues(market: MarketModel) -> None:
    # Without a fee alice would take back just what she paid, less the ten that she owes.
    assert market.trader_claims(to_wad(200), 0) == 0
    assert market.trader_claims(to_wad(200), DAY) == -to_wad(10)
    market.liquidate_batch("keeper", [], at(200, DAY))
    assert market.trader_claims(to_wad(200), DAY) == -to_wad(10)


def test_velocity__bound_lowered__binds_from_the_next_second_on(market: MarketModel) -> None:
    lower = replace(market.parameters, max_funding_rate=to_wad("0.005"))
    market.set_parameters("admin", lower, at(200, DAY))
    market.liquidate_batch("keeper", [], at(200, DAY))
    assert market.books.scaled_rate == scaled("0.01")  # no time has passed, so nothing is written
    market.liquidate_batch("keeper", [], at(200, 2 * DAY))
    assert market.books.scaled_rate == scaled("0.005")
    assert market.books.funding_index == to_wad(2)  # 1, and 0.5% of 200 from its first second


def test_mode__from_proportional_to_velocity__goes_on_from_the_rate_there() -> None:
    market = funded_market(trade_fee_ratio=0)  # 0.1% a day at 1% of the scale
    market.open("alice", to_wad(10), 1_000 * TOKEN, NO_LIMIT, FAR, at(200))
    market.set_parameters("admin", replace(market.parameters, **VELOCITY), at(200, DAY))
    assert (market.books.funding_index, market.books.scaled_rate) == (to_wad("0.2"), scaled("0.001"))
    # From 0.1% to 1.1% in the next day: 1.2 of 200 more.
    assert market.funding_index_at(to_wad(200), 2 * DAY) == to_wad("1.4")


def test_mode__from_velocity_to_none__stops_at_once(market: MarketModel) -> None:
    market.set_parameters("admin", replace(market.parameters, max_funding_rate=0), at(200, DAY))
    market.liquidate_batch("keeper", [], at(200, 5 * DAY))
    assert (market.books.funding_index, market.books.scaled_rate) == (to_wad(1), 0)


def test_velocity__action_refused__takes_the_rate_back_with_the_index(market: MarketModel) -> None:
    assert_refused(market, "market: position is sound", lambda: market.liquidate("keeper", 1, at(200, DAY)))
    assert market.books.scaled_rate == 0
