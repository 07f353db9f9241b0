"""Words for strategies become the keepers of a simulation; prices are worked out by hand."""

from __future__ import annotations

import pytest

from isomargin.agents import LiquidateBatch
from isomargin.bot.strategies import STRATEGIES, brain_of
from isomargin.keepers import (
    DeleveragingKeeper,
    KeeperView,
    KnownDue,
    LiquidationKeeper,
    MarginCallKeeper,
    TriggerOrderKeeper,
)
from isomargin.units import WAD, to_wad

GWEI = 10**9


def brain(strategy, **how):
    return brain_of("liquidation", "bot-1", "0xB", strategy=STRATEGIES[strategy], batch_size=20, **how)


def view(setbacks=0):
    """One position of 4.44 at 10 gwei, an ether at 200: reckoned at 220,000 gas."""
    return KeeperView(
        block=1,
        gas_price=10 * GWEI,
        gas_cost=lambda wei: wei * 200,
        due=KnownDue(rewards={7: to_wad("4.44")}),
        setbacks=setbacks,
    )


@pytest.mark.parametrize(
    ("strategy", "setbacks", "gwei"),
    [
        ("patient", 0, "10"),
        ("patient", 3, "10"),
        ("aggressive", 0, "12.5"),
        ("aggressive", 1, "15.625"),  # and a quarter more for the race that it lost
        # 4.44 less 0.44 of gas are 0.02 ether; half of it on 220,000 gas is 45.4545...
        ("profit-share", 0, "55.454545454"),
    ],
)
def test_brain_of__strategy__bids(strategy, setbacks, gwei):
    [bid] = brain(strategy).act(view(setbacks))
    assert bid.action == LiquidateBatch((7,))
    assert bid.gas_price == to_wad(gwei) // GWEI


def test_brain_of__highest_price__is_never_passed():
    assert brain("patient", max_gas_price=9 * GWEI).act(view()) == []
    [bid] = brain("profit-share", max_gas_price=30 * GWEI).act(view())
    assert bid.gas_price == 30 * GWEI


def test_brain_of__least_profit__has_to_be_left():
    assert brain("patient", min_profit=to_wad("4.01")).act(view()) == []
    assert brain("patient", min_profit=4 * WAD).act(view())


@pytest.mark.parametrize(
    ("kind", "keeper"),
    [
        ("liquidation", LiquidationKeeper),
        ("margin-call", MarginCallKeeper),
        ("trigger-orders", TriggerOrderKeeper),
        ("deleverage", DeleveragingKeeper),
    ],
)
def test_brain_of__kind__is_the_keeper_of_that_kind(kind, keeper):
    assert type(brain_of(kind, "b", "0xB", strategy=STRATEGIES["patient"], batch_size=8)) is keeper
