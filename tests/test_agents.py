"""What people propose; the figures of each case are worked out by hand from the market's page."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isomargin.agents import (
    AddMargin,
    Behaviour,
    Close,
    DepositLiquidity,
    HeldPosition,
    LiquidityProvider,
    MarketView,
    Open,
    PopulationTraits,
    RequestWithdrawal,
    Trader,
    WithdrawLiquidity,
    population,
)
from isomargin.units import WAD

NOW = 1_583_992_800
USD = 10**6  # token units


def seeded(seed=0):
    return np.random.default_rng(seed)


def view(*positions, step=0, price=100 * WAD, funding_index=0, **changes):
    return MarketView(
        **{
            "step": step,
            "block": 10 + step,
            "timestamp": NOW + 900 * step,
            "price": price,
            "funding_index": funding_index,
            "token_decimals": 6,
            "gas_price": 10**9,
            "positions": {position.id: position for position in positions},
            **changes,
        }
    )


def trader(**changes):
    return Trader(
        **{
            "name": "anna",
            "account": "0xA",
            "is_long": True,
            "notional": 1_000 * WAD,
            "leverage": 10 * WAD,
            "opens_at": 0,
            **changes,
        }
    )


def held(**changes):
    """Ten coins long from a price of 100, with 100 of margin: leverage 10."""
    return HeldPosition(
        **{
            "id": 1,
            "owner": "0xA",
            "size": 10 * WAD,
            "cost": 1_000 * WAD,
            "funding_index": 0,
            "margin": 100 * USD,
            "keeper_reserve": 5 * USD,
            **changes,
        }
    )


# The view


def test_equity__profit_and_funding__are_margin_plus_gain_less_funding():
    # 10 x 107 - 1000 = 70 of profit, 10 x 0.5 = 5 of funding, 100 of margin; the reserve does not count
    assert view(price=107 * WAD, funding_index=WAD // 2).equity(held()) == 165 * WAD


def test_equity__fractions__round_against_the_trader():
    tiny = held(size=1, cost=0, margin=0)

    assert view(price=WAD // 2).equity(tiny) == 0  # half a unit of value is none
    assert view(price=WAD, funding_index=1).equity(tiny) == 0  # a trace of funding is a unit


def test_positions_of__several_owners__are_each_ones_own_by_age():
    first, second, other = held(id=2), held(id=5), held(id=3, owner="0xB")

    market = view(second, other, first)

    assert market.positions_of("0xA") == (first, second)
    assert market.positions_of("0xB") == (other,)
    assert market.positions_of("0xC") == ()


# Opening


def test_trader__its_step__opens_notional_over_price_with_notional_over_leverage():
    [action] = trader(opens_at=3).act(view(step=3, price=80 * WAD), seeded())

    assert action == Open(
        size=12 * WAD + WAD // 2,
        margin=100 * USD,
        price_limit=80_800 * WAD // 1_000,
        deadline=NOW + 2_700 + 3_600,
    )


def test_trader__short__sells_down_to_its_slippage():
    [action] = trader(is_long=False, behaviour=Behaviour(slippage=WAD // 20, deadline=60)).act(
        view(), seeded()
    )

    assert action == Open(size=-10 * WAD, margin=100 * USD, price_limit=95 * WAD, deadline=NOW + 60)


def test_trader__margin_that_does_not_divide__rounds_up_in_token_units():
    assert trader(leverage=3 * WAD).margin(6) == 333_333_334
    assert trader(leverage=3 * WAD).margin(18) == 333_333_333_333_333_333_334


@pytest.mark.parametrize(("step", "opens"), [(1, False), (2, True), (3, True), (4, True), (5, False)])
def test_trader__refused_by_the_market__tries_three_steps(step, opens):
    assert bool(trader(opens_at=2).act(view(step=step), seeded())) is opens


def test_trader__position_gone__never_comes_back():
    anna = trader(opens_at=0)
    anna.act(view(held(), step=0), seeded())

    assert anna.act(view(step=1), seeded()) == []


def test_trader__no_price__waits():
    assert trader().act(view(price=0), seeded()) == []
    assert trader(behaviour=Behaviour(close_probability=1.0)).act(view(held(), price=0), seeded()) == []


def test_trader__price_beyond_its_notional__opens_nothing():
    assert trader(notional=1).act(view(price=2 * WAD), seeded()) == []


# Holding


def closing(**habits):
    return trader(behaviour=Behaviour(**habits))


def test_trader__no_habits__holds():
    assert closing().act(view(held(), price=150 * WAD), seeded()) == []


@pytest.mark.parametrize(("price", "closes"), [(104, False), (105, True), (106, True)])
def test_take_profit__half_the_margin_won__closes(price, closes):
    actions = closing(take_profit=WAD // 2).act(view(held(), price=price * WAD), seeded())

    assert actions == ([Close(1, price * WAD * 99 // 100, NOW + 3_600)] if closes else [])


@pytest.mark.parametrize(("price", "closes"), [(96, False), (95, True), (94, True)])
def test_stop_loss__half_the_margin_lost__closes(price, closes):
    assert bool(closing(stop_loss=WAD // 2).act(view(held(), price=price * WAD), seeded())) is closes


def test_close__short__buys_up_to_its_slippage():
    short = held(size=-10 * WAD, cost=-1_000 * WAD)

    [action] = closing(close_probability=1.0).act(view(short), seeded())

    assert action == Close(1, 101 * WAD, NOW + 3_600)


@pytest.mark.parametrize(("price", "closes"), [(91, True), (90, False), (80, False)])
def test_close__insolvent__is_not_proposed(price, closes):
    assert bool(closing(stop_loss=WAD // 2).act(view(held(), price=price * WAD), seeded())) is closes


def test_close_probability__many_steps__closes_that_often():
    random, market = seeded(), view(held())
    closes = sum(bool(closing(close_probability=0.1).act(market, random)) for _ in range(10_000))

    assert abs(closes - 1_000) < 5 * 30  # five standard deviations of the binomial


def test_top_up__under_its_threshold__adds_once():
    anna = closing(top_up_below=WAD // 2, top_up_amount=WAD // 4)

    assert anna.act(view(held(), price=95 * WAD), seeded()) == []
    assert anna.act(view(held(), price=94 * WAD), seeded()) == [AddMargin(1, 25 * USD)]
    assert anna.act(view(held(), price=93 * WAD), seeded()) == []


def test_trader__anothers_position__is_left_alone():
    anna = closing(close_probability=1.0)

    assert anna.act(view(held(owner="0xB"), step=9), seeded()) == []


# The crowd

TRAITS = PopulationTraits(
    count=1_000,
    min_notional=1_000 * WAD,
    max_notional=100_000 * WAD,
    min_leverage=2 * WAD,
    max_leverage=50 * WAD,
    long_share=0.65,
    open_over=4,
    top_up_share=0.25,
    behaviour=Behaviour(top_up_below=WAD // 2),
)


def crowd(traits=TRAITS, seed=1, initial_margin=lambda notional: 0, **options):
    return population(
        traits, seeded(seed), account=lambda name: f"0x{name}", initial_margin=initial_margin, **options
    )


def test_population__same_seed__is_the_same():
    assert crowd(seed=1) == crowd(seed=1)
    assert crowd(seed=1) != crowd(seed=2)


def test_population__names_and_accounts__are_each_traders_own():
    names = [one.name for one in crowd(replace(TRAITS, count=12))]

    assert names == [f"trader-{number:02d}" for number in range(1, 13)]
    assert [one.account for one in crowd(replace(TRAITS, count=12))] == [f"0x{name}" for name in names]


def test_population__its_draws__stay_in_bounds_and_spread_log_uniformly():
    traders = crowd()

    assert all(1_000 * WAD <= one.notional <= 100_000 * WAD for one in traders)
    assert all(2 * WAD <= one.leverage <= 50 * WAD for one in traders)
    # half on each side of the geometric mean of the bounds; five standard deviations are 79
    assert abs(sum(one.notional < 10_000 * WAD for one in traders) - 500) < 79
    assert abs(sum(one.leverage < 10 * WAD for one in traders) - 500) < 79
    assert abs(sum(one.is_long for one in traders) - 650) < 76
    assert abs(sum(one.behaviour.top_up_below is not None for one in traders) - 250) < 69
    steps = Counter(one.opens_at for one in traders)
    assert set(steps) == {0, 1, 2, 3}
    assert all(abs(count - 250) < 69 for count in steps.values())


def test_population__one_trait_changed__leaves_the_other_draws():
    before, after = crowd(), crowd(replace(TRAITS, long_share=1.0, count=500))

    assert all(one.is_long for one in after)
    assert [one.notional for one in after] == [one.notional for one in before[:500]]
    assert [one.leverage for one in after] == [one.leverage for one in before[:500]]


def test_population__equal_bounds__are_kept_exactly():
    traits = replace(
        TRAITS, count=20, min_notional=12_345 * WAD // 100_000, max_notional=12_345 * WAD // 100_000
    )

    assert {one.notional for one in crowd(traits)} == {12_345 * WAD // 100_000}


@given(st.integers(0, 2**32), st.integers(1, WAD // 5), st.integers(0, WAD // 20), st.integers(0, WAD // 5))
def test_population__any_margin_rule__can_pay_initial_margin_and_entry(
    seed, ratio, entry_cost_ratio, cushion
):
    def initial_margin(notional):
        return -(-notional * ratio // WAD)

    for one in crowd(
        replace(TRAITS, count=5), seed, initial_margin, entry_cost_ratio=entry_cost_ratio, cushion=cushion
    ):
        left = one.margin(6) * 10**12 - one.notional * entry_cost_ratio // WAD
        assert left * WAD >= initial_margin(one.notional) * (WAD + cushion)


def test_population__margin_rule_below_the_leverage__changes_nothing():
    assert crowd(initial_margin=lambda notional: notional // 100, cushion=0) == crowd()


# Liquidity


def provider(**changes):
    return LiquidityProvider(name="lp", account="0xL", deposit=500 * USD, **changes)


def test_provider__first_step__deposits_once():
    lp = provider()

    assert lp.act(view()) == [DepositLiquidity(500 * USD)]
    assert lp.act(view(step=1)) == []


def test_provider__withdrawal__is_requested_and_taken_after_the_cooldown():
    lp = provider(withdraws_at=2, withdraw_share=WAD // 4, cooldown=1_800)
    shares = {"pool_shares": {"0xL": 1_000}}
    lp.act(view())

    assert lp.act(view(step=1, **shares)) == []
    assert lp.act(view(step=2, **shares)) == [RequestWithdrawal(250)]
    assert lp.act(view(step=4, **shares)) == []  # the cooldown ends only after the block of the request
    assert lp.act(view(step=5, **shares)) == [WithdrawLiquidity(250)]
    assert lp.act(view(step=6, **shares)) == [WithdrawLiquidity(250)]  # refused before: tries again
    assert lp.act(view(step=7, pool_shares={"0xL": 750})) == []


def test_provider__window_over__gives_up():
    lp = provider(withdraws_at=1, cooldown=0, withdrawal_window=1_800)
    shares = {"pool_shares": {"0xL": 1_000}}
    lp.act(view())
    lp.act(view(step=1, **shares))

    assert lp.act(view(step=3, **shares)) == [WithdrawLiquidity(1_000)]
    assert lp.act(view(step=4, **shares)) == []


def test_provider__without_shares__asks_for_nothing():
    lp = provider(withdraws_at=1)
    lp.act(view())

    assert lp.act(view(step=1)) == []
    assert lp.act(view(step=9)) == []
