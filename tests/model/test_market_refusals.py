"""Every reason why the market refuses, in order: all is wrong at first and cured one by one.

Each step asserts that the earlier reason wins and that nothing has changed.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from isomargin.model import MarketModel, Moment, Status, vault_of
from isomargin.units import WAD, to_wad
from tests.model.helpers import (
    FAR,
    FLAT,
    NO_LIMIT,
    PARAMETERS,
    TOKEN,
    assert_refused,
    at,
    funded_market,
    parameters,
)

STALE = Moment(10, price_reason="oracle: price stale")
NOW = at(200, 10)
SMALL_CAP = replace(FLAT, max_notional=to_wad(1_000))


@pytest.fixture
def market() -> MarketModel:
    """Alice is long ten since 200 with 97.99 of margin."""
    market = funded_market()
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    return market


def test_open__with_everything_wrong__is_refused_in_order() -> None:
    strict = parameters(max_open_interest=to_wad(5), max_skew=to_wad(4), min_notional=to_wad(3_000))
    market = MarketModel(strict, SMALL_CAP, started_at=10)
    market.pause_opening("guardian")
    size, margin, limit, deadline, moment = 0, TOKEN, to_wad(201) - 1, 9, STALE

    def refused(reason: str) -> None:
        assert_refused(market, reason, lambda: market.open("alice", size, margin, limit, deadline, moment))

    refused("market: deadline passed")
    deadline = 10
    refused("market: opening paused")
    market.resume_opening("admin")
    refused("market: size is zero")
    size = to_wad(10)
    refused("oracle: price stale")
    moment = NOW
    refused("token: insufficient balance")
    market.token.mint("alice", 1_000 * TOKEN)
    refused("market: price limit")
    limit = to_wad(201)
    refused("market: margin below costs")
    margin = 2_010_000  # exactly the fee
    refused("market: open interest cap")
    market.set_parameters("admin", replace(market.parameters, max_open_interest=to_wad(10)), at(200))
    refused("market: skew cap")
    market.set_parameters("admin", replace(market.parameters, max_skew=to_wad(10)), at(200))
    refused("market: below min notional")
    market.set_parameters("admin", replace(market.parameters, min_notional=to_wad(2_000)), at(200))
    refused("risk: above max notional")
    market.risk = replace(FLAT, max_notional=to_wad(2_000))
    margin = 52_009_999  # equity is 40 less one token unit
    refused("market: below initial margin")
    margin += 1
    refused("market: pool reserve")
    market.pool_deposit(997_990_000 - 1)  # 1000 for the larger side, less the fee
    refused("market: pool reserve")
    market.pool_deposit(1)
    market.open("alice", size, margin, limit, deadline, moment)


def test_open__with_what_arrives_below_the_reserve__is_refused() -> None:
    market = MarketModel(PARAMETERS, FLAT, token_fee_ratio=to_wad("0.5"))
    market.token.mint("alice", 100 * TOKEN)
    assert_refused(
        market,
        "market: margin below reserve",
        lambda: market.open("alice", to_wad(10), 3 * TOKEN - 1, NO_LIMIT, FAR, NOW),
    )
    assert_refused(
        market,
        "market: margin below costs",
        lambda: market.open("alice", to_wad(10), 3 * TOKEN, NO_LIMIT, FAR, NOW),
    )


def test_open__of_a_sale_below_its_limit__is_refused() -> None:
    market = funded_market()
    assert_refused(
        market,
        "market: price limit",
        lambda: market.open("alice", -to_wad(10), 100 * TOKEN, to_wad(199) + 1, FAR, NOW),
    )
    market.open("alice", -to_wad(10), 100 * TOKEN, to_wad(199), FAR, NOW)


def test_increase__with_everything_wrong__is_refused_in_order(market: MarketModel) -> None:
    market.pause_opening("admin")
    caller, position_id, quantity, limit, deadline, moment = "bob", 2, 0, to_wad(203) - 1, 9, STALE

    def refused(reason: str) -> None:
        assert_refused(
            market,
            reason,
            lambda: market.increase(caller, position_id, quantity, limit, deadline, moment),
        )

    refused("market: deadline passed")
    deadline = 10
    refused("market: opening paused")
    market.resume_opening("admin")
    refused("market: no such position")
    position_id = 1
    refused("market: not owner")
    caller = "alice"
    refused("market: size is zero")
    quantity = to_wad(10)
    refused("oracle: price stale")
    moment = at(200)
    deadline = 0
    refused("market: price limit")
    limit = to_wad(203)
    market.set_parameters(
        "admin", parameters(trade_fee_ratio=to_wad("0.1"), max_open_interest=to_wad(19)), at(200)
    )
    refused("market: margin below costs")
    market.set_parameters("admin", parameters(max_open_interest=to_wad(19), max_skew=to_wad(19)), at(200))
    refused("market: open interest cap")
    market.set_parameters("admin", parameters(max_skew=to_wad(19), min_notional=to_wad(4_001)), at(200))
    refused("market: skew cap")
    market.set_parameters("admin", parameters(min_notional=to_wad(4_001)), at(200))
    refused("market: below min notional")
    market.set_parameters("admin", PARAMETERS, at(200))
    market.risk = SMALL_CAP
    refused("risk: above max notional")
    market.risk = FLAT
    market.pool_withdraw(market.pool_cash)
    refused("market: below initial margin")  # 97.99 - 40 - 2.03 under 80
    market.add_margin("alice", 1, 100 * TOKEN)
    refused("market: pool reserve")
    market.pool_deposit(10_000 * TOKEN)
    market.increase(caller, position_id, quantity, limit, deadline, moment)


def test_increase__when_the_pool_owes_funding_it_has_not__is_refused(market: MarketModel) -> None:
    market.open("bob", -to_wad(100), 5_000 * TOKEN, 0, FAR, at(200))
    market.pool_withdraw(market.pool_cash)
    assert_refused(
        market,
        "market: pool short of cash",
        lambda: market.increase("alice", 1, to_wad(1), NO_LIMIT, FAR, at(200, 86_400)),
    )


def test_decrease__with_everything_wrong__is_refused_in_order(market: MarketModel) -> None:
    caller, position_id, quantity, limit, deadline, moment = "bob", 2, 0, to_wad("201.01"), 9, STALE

    def refused(reason: str) -> None:
        assert_refused(
            market,
            reason,
            lambda: market.decrease(caller, position_id, quantity, limit, deadline, moment),
        )

    refused("market: deadline passed")
    deadline = 10
    refused("market: no such position")
    position_id = 1
    refused("market: not owner")
    caller = "alice"
    refused("market: size is zero")
    quantity = to_wad(10)
    refused("market: decrease exceeds size")
    quantity = to_wad("9.8")  # sold at 200 x (1 + (10 - 4.9) / 1000) = 201.02
    refused("oracle: price stale")
    moment = at(200)
    limit = to_wad("201.02") + 1
    refused("market: price limit")
    limit = to_wad("201.02")
    market.set_parameters("admin", parameters(trade_fee_ratio=to_wad("0.1")), at(200))
    refused("market: margin below costs")
    market.set_parameters("admin", PARAMETERS, at(200))
    refused("market: below min notional")  # 0.2 at 200 are left
    market.set_parameters("admin", parameters(min_notional=0), at(200))
    market.decrease(caller, position_id, quantity, limit, deadline, moment)


def test_decrease__that_leaves_too_little__is_refused(market: MarketModel) -> None:
    # At 192 equity is 7.99; a tenth less of the position still needs 17.28.
    assert_refused(
        market,
        "market: below maintenance",
        lambda: market.decrease("alice", 1, to_wad(1), 0, FAR, at(192)),
    )


def test_decrease__when_the_pool_cannot_pay_the_profit__is_refused(market: MarketModel) -> None:
    market.pool_withdraw(market.pool_cash - 41_873_279)  # worked out in test_market: one unit short
    assert_refused(
        market,
        "market: pool short of cash",
        lambda: market.decrease("alice", 1, to_wad(4), 0, FAR, at(210)),
    )
    market.pool_deposit(1)
    market.decrease("alice", 1, to_wad(4), 0, FAR, at(210))


def test_close__with_everything_wrong__is_refused_in_order(market: MarketModel) -> None:
    market.pool_withdraw(market.pool_cash - 98_389_499)
    caller, position_id, limit, deadline, moment = "bob", 2, NO_LIMIT, 9, STALE

    def refused(reason: str) -> None:
        assert_refused(market, reason, lambda: market.close(caller, position_id, limit, deadline, moment))

    refused("market: deadline passed")
    deadline = 10
    refused("market: no such position")
    position_id = 1
    refused("market: not owner")
    caller = "alice"
    refused("oracle: price stale")
    moment = at("191.201")  # equity is exactly zero
    refused("market: insolvent")
    moment = at(210)
    refused("market: price limit")
    limit = to_wad("211.05")
    refused("market: pool short of cash")
    market.pool_deposit(1)
    market.close(caller, position_id, limit, deadline, moment)
    refused("market: no such position")


def test_add_margin__with_everything_wrong__is_refused_in_order(market: MarketModel) -> None:
    assert_refused(market, "market: no such position", lambda: market.add_margin("carol", 2, 0))
    assert_refused(market, "market: amount is zero", lambda: market.add_margin("carol", 1, 0))
    assert_refused(market, "token: insufficient balance", lambda: market.add_margin("carol", 1, 1))


def test_withdraw_margin__with_everything_wrong__is_refused_in_order(market: MarketModel) -> None:
    caller, position_id, amount, moment = "bob", 2, 0, STALE

    def refused(reason: str) -> None:
        assert_refused(market, reason, lambda: market.withdraw_margin(caller, position_id, amount, moment))

    refused("market: no such position")
    position_id = 1
    refused("market: not owner")
    caller = "alice"
    refused("market: amount is zero")
    amount = 97_990_001
    refused("oracle: price stale")
    moment = at(200)
    market.risk = SMALL_CAP
    refused("market: amount above margin")
    amount = 47_990_001
    refused("risk: above max notional")
    market.risk = FLAT
    refused("market: below initial margin")
    amount = 47_990_000
    market.token.blocked.add("alice")
    refused("token: refused")
    market.token.blocked.clear()
    market.withdraw_margin(caller, position_id, amount, moment)


def test_liquidate__with_everything_wrong__is_refused_in_order(market: MarketModel) -> None:
    assert_refused(market, "market: no such position", lambda: market.liquidate("keeper", 2, STALE))
    assert_refused(market, "oracle: price stale", lambda: market.liquidate("keeper", 1, STALE))
    # Equity meets maintenance where 97.99 + 10 p - 2010 = 0.1 p: at 1912.01 / 9.9 = 193.1323...
    sound = -(-to_wad("1912.01") * 10 // 99)
    assert_refused(
        market, "market: position is sound", lambda: market.liquidate("keeper", 1, Moment(0, sound))
    )
    market.liquidate("keeper", 1, Moment(0, sound - 1))


def test_liquidate__of_what_is_worth_nothing__is_refused_as_sound() -> None:
    # One unit of base has a notional of 0 at 0.1, yet costs a unit: equity 0 is not below a maintenance of 0.
    free = parameters(min_notional=0, trade_fee_ratio=0, keeper_reserve=0)
    market = MarketModel(free, FLAT, token_decimals=18)
    market.token.mint("alice", 1)
    market.pool_deposit(WAD)
    market.open("alice", 1, 1, NO_LIMIT, FAR, at("0.1"))
    assert market.status(1, to_wad("0.1"), 0) is Status.INSOLVENT
    assert_refused(market, "market: position is sound", lambda: market.liquidate("keeper", 1, at("0.1")))
    assert_refused(market, "market: insolvent", lambda: market.close("alice", 1, 0, FAR, at("0.1")))


def test_liquidate_batch__of_too_many_or_at_a_bad_price__is_refused(market: MarketModel) -> None:
    assert_refused(market, "", lambda: market.liquidate_batch("keeper", [1] * 65, NOW))
    assert_refused(market, "oracle: price stale", lambda: market.liquidate_batch("keeper", [1], STALE))
    assert market.liquidate_batch("keeper", [1] * 64, NOW) == ()


def test_claim__with_everything_wrong__is_refused_in_order(market: MarketModel) -> None:
    assert_refused(market, "market: not owner", lambda: market.claim("bob", 1, "bob"))
    assert_refused(market, "market: not owner", lambda: market.claim("alice", 2, "alice"))
    assert_refused(market, "market: position is open", lambda: market.claim("alice", 1, "alice"))
    market.close("alice", 1, 0, FAR, NOW)
    assert_refused(market, "market: nothing to claim", lambda: market.claim("alice", 1, "alice"))
    market.token.transfer("bob", vault_of(1), 1)
    market.token.blocked.add("mallory")
    assert_refused(market, "token: refused", lambda: market.claim("alice", 1, "mallory"))


def test_administration__by_others__is_refused(market: MarketModel) -> None:
    assert_refused(market, "market: not guardian", lambda: market.pause_opening("alice"))
    owner_only = "ownable: caller is not the owner"
    assert_refused(market, owner_only, lambda: market.resume_opening("guardian"))
    assert_refused(market, owner_only, lambda: market.set_parameters("guardian", PARAMETERS, at(200)))


def test_pool_withdraw__of_more_than_there_is__is_refused(market: MarketModel) -> None:
    too_much = market.pool_cash + 1
    assert_refused(market, "token: insufficient balance", lambda: market.pool_withdraw(too_much))


def test_action__that_fails_after_accrual__takes_the_accrual_back(market: MarketModel) -> None:
    index_and_time = (market.books.funding_index, market.books.accrued_at)
    assert_refused(
        market, "market: position is sound", lambda: market.liquidate("keeper", 1, at(200, 86_400))
    )
    assert (market.books.funding_index, market.books.accrued_at) == index_and_time == (0, 0)
