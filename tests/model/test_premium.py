"""The premium in traders' claims: what the pool keeps for whoever undoes the skew."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin.model import MarketModel, Moment
from isomargin.units import WAD, to_wad
from tests.model.helpers import FAR, FLAT, NO_LIMIT, TOKEN, assert_refused, at, funded_market, parameters

DAY = 86_400
FREE = {"trade_fee_ratio": 0, "reserve_ratio": 0, "min_notional": 0, "max_open_interest": 10**30}


def free_market(pool_cash: int = 1_000_000 * TOKEN, **changes: int) -> MarketModel:
    """Trades cost nothing but their impact, and nothing but margin limits them."""
    return funded_market(FLAT, pool_cash, **(FREE | changes))


def test_premium__of_an_opening__is_nobody_else_s_and_comes_back_with_the_close() -> None:
    # Ten at 200 fill at 201: the ten quote of impact are claimed by whoever sells ten.
    market = free_market()
    before, assets = market.token.balance("alice"), market.total_assets(to_wad(200), 0)
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    assert market.equity(1, to_wad(200), 0) == to_wad(90)
    assert market.trader_claims(to_wad(200), 0) == 0
    assert market.total_assets(to_wad(200), 0) == assets
    market.close("alice", 1, 0, FAR, at(200))
    assert market.token.balance("alice") == before
    assert market.total_assets(to_wad(200), 0) == assets


def test_premium__of_a_skew__goes_to_who_narrows_it_whoever_paid_it() -> None:
    # Alice paid ten for the skew; bob sells ten to nothing at 201 and has them, in equity, at once.
    market = free_market()
    assets = market.total_assets(to_wad(200), 0)
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    market.open("bob", -to_wad(10), 100 * TOKEN, 0, FAR, at(200))
    assert [market.equity(number, to_wad(200), 0) for number in (1, 2)] == [to_wad(90), to_wad(110)]
    assert market.trader_claims(to_wad(200), 0) == 0
    assert market.total_assets(to_wad(200), 0) == assets


def test_premium__of_a_skew__grows_with_the_price() -> None:
    market = free_market()
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    assert market.trader_claims(to_wad(400), 0) == to_wad(2_010)  # 4000 - 2010 and 20 of premium
    result = market.close("alice", 1, 0, FAR, at(400))
    assert result.settlement == 2_010 * TOKEN


def test_premium__counts_against_the_pool_reserve() -> None:
    # At 210 alice would take 90 and a premium of 10.5. One more bought at 212.205 adds 2.205 of impact to
    # both sides of the claims. The reserve is half of 11 x 210.
    market = free_market(1_255_500_000, reserve_ratio=to_wad("0.5"))
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    market.pool_withdraw(1)

    def more() -> None:
        market.increase("alice", 1, to_wad(1), NO_LIMIT, FAR, at(210))

    assert_refused(market, "market: pool reserve", more)
    market.pool_deposit(1)
    more()
    assert market.trader_claims(to_wad(210), 0) == to_wad("100.5")


trades = st.tuples(
    st.integers(1, 40 * WAD) | st.integers(-(40 * WAD), -1),
    st.integers(WAD, 1_000 * WAD),
    st.integers(0, 3 * DAY),
)


@st.composite
def leavers(draw: st.DrawFn) -> tuple[list[tuple[int, int, int]], list[int]]:
    """Openings one after another, each at its price and time, and an order in which to leave."""
    openings = draw(st.lists(trades, min_size=1, max_size=6))
    return openings, draw(st.permutations(range(1, len(openings) + 1)))


@settings(max_examples=200, deadline=None, database=None)
@given(
    lives=leavers(),
    price=st.integers(WAD, 1_000 * WAD),
    decimals=st.sampled_from([6, 18]),
    velocity=st.sampled_from([0, WAD // 10]),
)
def test_claims__with_premium__are_what_all_would_take_leaving_in_any_order(
    lives: tuple[list[tuple[int, int, int]], list[int]], price: int, decimals: int, velocity: int
) -> None:
    openings, order = lives
    terms = parameters(**FREE, max_skew=10**30, max_funding_velocity=velocity)
    table = replace(FLAT, max_notional=10**30)
    market = MarketModel(terms, table, token_decimals=decimals)
    unit, scale = 10**decimals, market.token_scale
    market.pool_deposit(10**9 * unit)
    market.token.mint("alice", 10**9 * unit)
    now = 0
    for size, opened_at, waited in openings:
        now += waited
        limit = NO_LIMIT if size > 0 else 0
        market.open("alice", size, 10**7 * unit, limit, FAR, Moment(now, opened_at))
    now += DAY
    assets = market.total_assets(price, now)
    claims = market.trader_claims(price, now)
    taken = 0
    for position_id in order:
        limit = 0 if market.holding(position_id).size > 0 else NO_LIMIT
        taken += market.close("alice", position_id, limit, FAR, Moment(now, price)).settlement
    # Each settlement loses up to a token unit, and some units of WAD: the fill's, one for each of base.
    dust = len(order) * (scale + 45)
    assert 0 <= claims - taken * scale < dust
    assert market.trader_claims(price, now) == 0
    assert assets <= market.total_assets(price, now) <= assets + len(order) + dust // scale
