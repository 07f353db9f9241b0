"""Deleveraging: when it is needed, what it pays, and each refusal in its order; worked by hand.

Ten long since 200 cost 2010; at 210 they have won 90 and would earn 10.5 more by undoing their skew.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from isomargin.model import DeleverageResult, MarketModel, Moment, PositionRecord, vault_of
from isomargin.units import WAD, to_wad
from tests.model.helpers import FAR, FLAT, NO_LIMIT, TOKEN, assert_refused, at, funded_market

DAY = 86_400
THIN = 298_490_000  # 300.5 with the fee: 200 are left beside claims of 100.5
RATIO = to_wad("0.5025")  # 100.5 / 200


def market_with(pool_cash: int = THIN, **changes: int) -> MarketModel:
    """Alice is long ten since 200 with 97.99 of margin."""
    terms = {"adl_threshold": RATIO - 1, "reserve_ratio": 0, **changes}
    market = funded_market(FLAT, pool_cash, **terms)
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    return market


def test_deleverage__of_a_long_at_210__pays_its_profit_at_the_oracle_price_and_no_fee() -> None:
    market = market_with()
    assert market.trader_claims(to_wad(210), 0) == to_wad("100.5")
    assert market.total_assets(to_wad(210), 0) == 200 * TOKEN
    result = market.deleverage("keeper", 1, to_wad(210), at(210))
    assert result == DeleverageResult(
        position_id=1,
        delta=-to_wad(10),
        price=to_wad(210),
        realised_pnl=to_wad(90),
        accrued_funding=0,
        settlement=90 * TOKEN,
        payout=190_990_000,
    )
    assert market.token.balance("alice") == 999_897 * TOKEN + 190_990_000
    assert market.token.balance("keeper") == 1_000_000 * TOKEN
    assert market.insurance_balance == 0
    assert market.pool_cash == 210_500_000
    assert market.trader_claims(to_wad(210), 0) == 0
    assert market.record(1) == PositionRecord("alice")
    assert market.books.bad_debt == 0


def test_deleverage__of_a_short__pays_it_and_gives_the_limit_the_other_way() -> None:
    # Short ten since 200 sold for 1990; at 190 they have won 90 and 9.5 more would come of undoing the skew.
    market = funded_market(pool_cash=200 * TOKEN, adl_threshold=to_wad("0.5"), reserve_ratio=0)
    market.open("alice", -to_wad(10), 100 * TOKEN, 0, FAR, at(200))
    assert market.trader_claims(to_wad(190), 0) == to_wad("99.5")
    assert_refused(
        market, "market: price limit", lambda: market.deleverage("keeper", 1, to_wad(190) - 1, at(190))
    )
    result = market.deleverage("keeper", 1, to_wad(190), at(190))
    assert (result.delta, result.settlement) == (to_wad(10), 90 * TOKEN)
    assert result.payout == 100 * TOKEN - 1_990_000 + 90 * TOKEN + 3 * TOKEN


def test_deleverage__a_day_later__settles_funding_with_it() -> None:
    # A day at 0.1% of 210 on ten.
    result = market_with(adl_threshold=to_wad("0.4")).deleverage("keeper", 1, 0, at(210, DAY))
    assert (result.accrued_funding, result.settlement) == (to_wad("2.1"), 87_900_000)


def test_deleverage__of_a_blocked_owner__leaves_it_to_be_claimed() -> None:
    market = market_with()
    market.token.blocked.add("alice")
    assert market.deleverage("keeper", 1, 0, at(210)).payout == 0
    assert market.token.balance(vault_of(1)) == 190_990_000
    assert market.claim("alice", 1, "safe") == 190_990_000


def test_deleverage__in_the_grace__asks_for_no_price_before() -> None:
    moment = replace(at(210), in_grace=True, entry_reason="oracle: grace after outage")
    assert market_with().deleverage("keeper", 1, 0, moment).settlement == 90 * TOKEN


def test_deleverage__with_everything_wrong__is_refused_in_order() -> None:
    market = market_with(pool_cash=87_989_999, adl_threshold=0)  # a unit less than 90 with the fee
    position_id, limit, moment = 2, to_wad(210) + 1, Moment(0, to_wad(190), "oracle: price stale")

    def refused(reason: str) -> None:
        assert_refused(market, reason, lambda: market.deleverage("keeper", position_id, limit, moment))

    refused("market: no such position")
    position_id = 1
    refused("oracle: price stale")
    moment = replace(at(190), forced_reason="oracle: paused")
    refused("oracle: paused")
    moment = at(190)
    refused("market: deleverage not needed")  # no threshold, no claims
    moment = at(210)
    refused("market: deleverage not needed")  # no threshold
    market.set_parameters("admin", replace(market.parameters, adl_threshold=1), at(190))
    moment = at(190)
    refused("market: deleverage not needed")  # no claims
    moment = at(201)  # 10.05 of claims, all of them premium
    refused("market: position not in profit")  # its value is just its cost
    moment = at(210)
    refused("market: price limit")
    limit = to_wad(210)
    refused("market: pool short of cash")
    market.pool_deposit(1)
    market.deleverage("keeper", position_id, limit, moment)
    refused("market: no such position")


@pytest.mark.parametrize(("threshold", "needed"), [(RATIO, False), (RATIO - 1, True)])
def test_deleverage__at_its_threshold__is_not_needed_yet(threshold: int, needed: bool) -> None:
    market = market_with(adl_threshold=threshold)
    if needed:
        market.deleverage("keeper", 1, 0, at(210))
    else:
        assert_refused(
            market, "market: deleverage not needed", lambda: market.deleverage("keeper", 1, 0, at(210))
        )


def test_deleverage__of_a_pool_that_owes_more_than_it_has__is_needed_at_any_threshold() -> None:
    market = market_with(pool_cash=95 * TOKEN, adl_threshold=10**30)
    assert market.total_assets(to_wad(210), 0) == 0
    assert market.deleverage("keeper", 1, 0, at(210)).settlement == 90 * TOKEN


def test_deleverage__of_a_profit_that_funding_has_eaten__is_refused() -> None:
    # 2.1 a day: 88.2 in 42 days, 90.3 in 43. The claims that remain, 12.3 and 10.2, are above the threshold.
    market = market_with(adl_threshold=to_wad("0.001"))
    assert_refused(
        market,
        "market: position not in profit",
        lambda: market.deleverage("keeper", 1, 0, at(210, 43 * DAY)),
    )
    assert market.deleverage("keeper", 1, 0, at(210, 42 * DAY)).settlement == 1_800_000


def test_deleverage__that_widens_the_skew_by_more_than_it_pays__is_refused() -> None:
    # 100 long since 200 cost 21,000, then ten short sold at 219. At 210 the short has won 90; the traders
    # would take 18,900 - 18,810 and a premium of 850.5. Without the short it is a premium of 1050: more.
    market = funded_market(adl_threshold=1, reserve_ratio=0)
    market.open("alice", to_wad(100), 5_000 * TOKEN, NO_LIMIT, FAR, at(200))
    market.open("bob", -to_wad(10), 500 * TOKEN, 0, FAR, at(200))
    assert market.trader_claims(to_wad(210), 0) == to_wad("940.5")
    assert_refused(
        market,
        "market: deleverage does not help",
        lambda: market.deleverage("keeper", 2, NO_LIMIT, at(210)),
    )


def test_deleverage__of_one_winner_after_another__ends_when_it_is_not_needed_any_more() -> None:
    # Ten long at 201 and ten at 203. At 210 they have won 90 and 70; the premium of twenty is 42.
    market = market_with(pool_cash=595_960_000)  # 600 with the fees of both
    market.open("bob", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    assert market.trader_claims(to_wad(210), 0) == to_wad(202)
    terms = replace(market.parameters, adl_threshold=WAD // 2)
    market.set_parameters("admin", terms, at(200))
    assert market.deleverage("keeper", 2, 0, at(210)).settlement == 70 * TOKEN
    # 530 less claims of 100.5 are left: a ratio of 0.234.
    assert market.total_assets(to_wad(210), 0) == 429_500_000
    assert_refused(
        market, "market: deleverage not needed", lambda: market.deleverage("keeper", 1, 0, at(210))
    )
