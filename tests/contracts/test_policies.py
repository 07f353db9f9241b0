"""The liquidation policies: how much they close, against the inequality that defines it."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isomargin.chain import Chain, Contract
from isomargin.contracts import compile_contract
from isomargin.model import LiquidationContext, half_then_all
from isomargin.units import WAD

PERCENT = WAD // 100
TARGET = 5 * WAD // 4
SIZE, PRICE, NOTIONAL = 10 * WAD, 100 * WAD, 1_000 * WAD
MAINTENANCE = 50 * WAD


@pytest.fixture(scope="module")
def target_health(chain: Chain) -> Contract:
    return chain.deploy(compile_contract("risk/policies/TargetHealth"), TARGET)


def test_full__when_asked__then_everything(chain):
    policy = chain.deploy(compile_contract("risk/policies/FullLiquidation"))
    assert policy.call("size_to_close", (SIZE, PRICE, NOTIONAL, 40 * WAD, MAINTENANCE, PERCENT)) == SIZE


def test_target_health__when_worked_by_hand__then_agrees(target_health):
    # t = 1.25 * 50 / 1,000 = 6.25%; x = (62.5 - 40) / (6.25% - 1%) = 428.571..; / 100 rounded up
    context = (SIZE, PRICE, NOTIONAL, 40 * WAD, MAINTENANCE, PERCENT)
    assert target_health.call("size_to_close", context) == 4_285714285714285715


def test_target_health__when_fee_is_zero__then_agrees(target_health):
    # x = (62.5 - 40) / 6.25% = 360
    context = (SIZE, PRICE, NOTIONAL, 40 * WAD, MAINTENANCE, 0)
    assert target_health.call("size_to_close", context) == 36 * WAD // 10


def test_target_health__when_deployed__then_says_its_target(target_health):
    assert target_health.call("health_target") == TARGET


@pytest.mark.parametrize(
    ("equity", "maintenance", "fee"),
    [
        (0, MAINTENANCE, PERCENT),  # insolvent
        (-1_000 * WAD, MAINTENANCE, PERCENT),
        (10 * WAD, MAINTENANCE, PERCENT),  # what is left after the fee on all of it: nothing
        (1, 8 * WAD, PERCENT),  # t = 1%: closing costs all that it frees
        (1, 4 * WAD, PERCENT),
    ],
)
def test_target_health__when_no_part_would_do__then_everything(target_health, equity, maintenance, fee):
    context = (SIZE, PRICE, NOTIONAL, equity, maintenance, fee)
    assert target_health.call("size_to_close", context) == SIZE


def test_target_health__when_worth_nothing__then_everything(target_health):
    assert target_health.call("size_to_close", (1, 1, 0, -1, 0, PERCENT)) == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.integers(10**9, 10**27),
    price=st.integers(10**12, 10**24),
    maintenance_ratio=st.integers(WAD // 250, WAD // 2),
    fee_share=st.integers(0, 99),
    equity_share=st.integers(1, 999),
)
def test_target_health__when_any_position__then_the_least_that_restores_it(
    target_health, size, price, maintenance_ratio, fee_share, equity_share
):
    price = max(price, ceil(Fraction(1_000 * WAD, size)))
    notional = size * price // WAD
    maintenance = ceil(Fraction(notional * maintenance_ratio, WAD))
    equity = maintenance * equity_share // 1_000
    fee = maintenance_ratio * fee_share // 100
    quantity = target_health.call("size_to_close", (size, price, notional, equity, maintenance, fee))
    assert 0 < quantity <= size

    target = Fraction(ceil(Fraction(TARGET * maintenance, notional)), WAD)

    def restores(closed: int) -> bool:
        return equity - Fraction(fee, WAD) * closed >= target * (notional - closed)

    # the least notional, but for what one unit of quantity is worth
    closed = quantity * price // WAD
    assert quantity == size or restores(closed)
    assert not restores(closed - price // WAD - 2)


@pytest.mark.parametrize(
    ("target", "reason"),
    [(WAD - 1, "policy: target below one"), (10 * WAD + 1, "policy: target too high")],
)
def test_deploy__when_target_is_senseless__then_refused(chain, refused, target, reason):
    with refused(reason):
        chain.deploy(compile_contract("risk/policies/TargetHealth"), target)


@pytest.mark.parametrize(
    ("size", "notional", "equity", "closed"),
    [
        (SIZE, NOTIONAL, 40 * WAD, SIZE // 2),
        (SIZE + 1, NOTIONAL, 40 * WAD, SIZE // 2 + 1),  # half, rounded up
        (SIZE, NOTIONAL, 25 * WAD, SIZE // 2),  # just half of maintenance
        (SIZE, NOTIONAL, 25 * WAD - 1, SIZE),
        (SIZE, NOTIONAL, -1, SIZE),
        (SIZE, 500 * WAD + 1, 40 * WAD, SIZE // 2),
        (SIZE, 500 * WAD, 40 * WAD, SIZE),  # small
    ],
)
def test_half_then_all__when_asked__then_half_unless_small_or_far_gone(chain, size, notional, equity, closed):
    policy = chain.deploy(compile_contract("risk/policies/HalfThenAll"), 500 * WAD)
    context = (size, PRICE, notional, equity, MAINTENANCE, PERCENT)
    assert policy.call("size_to_close", context) == closed
    assert half_then_all(LiquidationContext(*context), 500 * WAD) == closed
    assert policy.call("small_notional") == 500 * WAD
