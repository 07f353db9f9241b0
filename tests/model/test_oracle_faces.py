"""The three faces of the price: what a pause stops, and who is spared in the grace after an outage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isomargin.model import Adjustment, MarketModel, Moment
from isomargin.units import WAD, to_wad
from tests.model.helpers import FAR, FLAT, NO_LIMIT, PARAMETERS, TOKEN, assert_refused, at, funded_market

DAY = 86_400
PAUSED = replace(at(200), entry_reason="oracle: paused", forced_reason="oracle: paused")


def in_grace(price: int | str, before: int | str, now: int = 0) -> Moment:
    """A moment in the grace after an outage, with the last good price before it in whole quote."""
    return replace(
        at(price, now), entry_reason="oracle: grace after outage", in_grace=True, price_before=to_wad(before)
    )


@pytest.fixture
def market() -> MarketModel:
    """Alice is long ten since 200 with 97.99 of margin: liquidatable below 1912.01 / 9.9 = 193.1323..."""
    market = funded_market()
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    return market


LEAST_SOUND = -(-to_wad("1912.01") * 10 // 99)


# A pause


def test_pause__of_the_oracle__stops_what_adds_risk(market: MarketModel) -> None:
    for refused in (
        lambda: market.open("bob", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, PAUSED),
        lambda: market.increase("alice", 1, to_wad(1), NO_LIMIT, FAR, PAUSED),
        lambda: market.withdraw_margin("alice", 1, 1, PAUSED),
    ):
        assert_refused(market, "oracle: paused", refused)


def test_pause__of_the_oracle__stops_what_is_forced(market: MarketModel) -> None:
    sick = replace(PAUSED, price=to_wad(180))
    for refused in (
        lambda: market.liquidate("keeper", 1, sick),
        lambda: market.liquidate_batch("keeper", [1], sick),
        lambda: market.deleverage("keeper", 1, 0, sick),
    ):
        assert_refused(market, "oracle: paused", refused)


def test_pause__of_the_oracle__lets_leave_top_up_and_administer(market: MarketModel) -> None:
    market.add_margin("alice", 1, 1, PAUSED)
    market.set_parameters("admin", PARAMETERS, PAUSED)
    market.decrease("alice", 1, to_wad(1), 0, FAR, PAUSED)
    market.close("alice", 1, 0, FAR, PAUSED)


# The grace


def test_grace__stops_what_adds_risk_and_lets_leave(market: MarketModel) -> None:
    moment = in_grace(200, 200)
    assert_refused(
        market,
        "oracle: grace after outage",
        lambda: market.increase("alice", 1, to_wad(1), NO_LIMIT, FAR, moment),
    )
    assert_refused(
        market, "oracle: grace after outage", lambda: market.withdraw_margin("alice", 1, 1, moment)
    )
    market.close("alice", 1, 0, FAR, moment)


def test_liquidate__in_the_grace_of_who_was_sound_before__is_refused(market: MarketModel) -> None:
    assert_refused(market, "market: top-up grace", lambda: market.liquidate("keeper", 1, in_grace(192, 200)))


def test_liquidate__in_the_grace_at_the_border_before__goes_by_maintenance_then(market: MarketModel) -> None:
    sound = replace(in_grace(192, 0), price_before=LEAST_SOUND)
    assert_refused(market, "market: top-up grace", lambda: market.liquidate("keeper", 1, sound))
    result = market.liquidate("keeper", 1, replace(sound, price_before=LEAST_SOUND - 1))
    assert result.outcome.trade_cost == -result.outcome.quantity * 192  # at the price of now


def test_liquidate__in_the_grace_without_a_price_before__is_refused(market: MarketModel) -> None:
    # Even of an insolvent position: 0 is no price but the lack of one.
    assert_refused(market, "market: top-up grace", lambda: market.liquidate("keeper", 1, in_grace(100, 0)))


def test_liquidate__in_the_grace_of_who_is_sound_now__names_that_first(market: MarketModel) -> None:
    assert_refused(
        market, "market: position is sound", lambda: market.liquidate("keeper", 1, in_grace(200, 180))
    )


def test_liquidate__in_the_grace_of_a_short__looks_at_the_price_before(market: MarketModel) -> None:
    # Bob is short ten since 200: fill 201, margin 97.99; 2107.99 - 10 p is below 0.1 p from 208.711 on.
    market.open("bob", -to_wad(10), 100 * TOKEN, 0, FAR, at(200))
    assert_refused(
        market, "market: top-up grace", lambda: market.liquidate("keeper", 2, in_grace(209, "208.711"))
    )
    market.liquidate("keeper", 2, in_grace(209, "208.712"))


def test_liquidate__after_the_grace__asks_for_no_price_before(market: MarketModel) -> None:
    market.liquidate("keeper", 1, replace(at(192), price_before=to_wad(200)))


def test_liquidate__in_the_grace__counts_funding_to_now_at_the_price_before(market: MarketModel) -> None:
    # At 193.2 alice was sound by 19.99 - 19.32, but owes 1.92 for a day of 0.1% at 192.
    assert_refused(
        market, "market: top-up grace", lambda: market.liquidate("keeper", 1, in_grace(192, "193.2"))
    )
    market.liquidate("keeper", 1, in_grace(192, "193.2", DAY))


def test_liquidate__in_the_grace__counts_what_was_topped_up_since(market: MarketModel) -> None:
    market.add_margin("alice", 1, TOKEN)  # at 193.1 equity is then 19.99, maintenance 19.31
    assert_refused(
        market, "market: top-up grace", lambda: market.liquidate("keeper", 1, in_grace(192, "193.1"))
    )


def test_liquidate__in_the_grace__asks_for_the_maintenance_of_now() -> None:
    # A multiplier that has doubled since asks 38.64 of the 19.99 at 193.2.
    market = MarketModel(
        replace(PARAMETERS, max_funding_rate=0),
        FLAT,
        adjustment=Adjustment(max_multiplier=2 * WAD, ramp_seconds=100),
    )
    market.token.mint("alice", 1_000 * TOKEN)
    market.pool_deposit(10_000 * TOKEN)
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    market.set_system_multiplier("admin", 2 * WAD, at(200))
    assert_refused(
        market, "market: top-up grace", lambda: market.liquidate("keeper", 1, in_grace(192, "193.2"))
    )
    market.liquidate("keeper", 1, in_grace(192, "193.2", 100))


def test_liquidate_batch__in_the_grace__skips_who_was_sound_before(market: MarketModel) -> None:
    # Bob's ten fill at 203 and leave him 127.97: liquidatable below 1902.03 / 9.9 = 192.1242...
    market.open("bob", to_wad(10), 130 * TOKEN, NO_LIMIT, FAR, at(200))
    batch = market.liquidate_batch
    assert batch("keeper", [1, 2], in_grace(190, 0)) == ()
    assert [done.position_id for done in batch("keeper", [1, 2], in_grace(190, 193))] == [1]
    assert [done.position_id for done in batch("keeper", [1, 2], at(190))] == [2]
