"""The contracts and the model agree to the unit, on thousands of generated operations of every kind.

Each case is a market of its own: tokens of 6 and of 18 decimals, prices from a ten-thousandth to a million.
After every operation both tell the same outcome: the same refusal, or the same amounts in events, position,
balances, aggregates, funding index, bad debt and pool assets.
"""

from __future__ import annotations

import numpy as np
import pytest

from isomargin.model import INSURANCE_FUND, POOL, Bracket, Parameters, RiskTable, vault_of
from isomargin.protocol import OracleGuards, SystemTerms
from isomargin.units import WAD, to_wad
from tests.market.generator import WEIGHTS, OperationGenerator
from tests.market.parity import Twins

OPERATIONS = 1_275  # of each case; 10,200 in all
MARKET_COMPARISON_EVERY = 20
FULL_COMPARISON_EVERY = 425
RICH, POOR = 500_000, 60_000  # cash of the pool to begin with, in whole tokens
# Cases with a poor pool, by reserve ratio: one that often has no room for more, one that often cannot pay.
SHORT_OF_CASH = {0: "0.4", 5: "0.02"}
# Largest rate and velocity: proportional; a rate that wanders; one that meets its bound again and again.
FUNDING = (("0.3", "0"), ("0.3", "1"), ("0.02", "6"))
FREQUENT = {"open", "increase", "decrease", "close", "add_margin", "withdraw_margin", "liquidate"}
SELDOM = {"pause_opening"}  # drawn so seldom that a case may see no stranger try it

CASES = [
    (6, "180"),
    (18, "180"),
    (6, "0.0001"),
    (18, "0.0123"),
    (6, "1"),
    (18, "1"),
    (6, "97531.02468"),
    (18, "1000000"),
]


def terms_at(price: int, decimals: int, reserve_ratio: str, funding: tuple[str, str]) -> SystemTerms:
    """A market whose caps are the same in quote at every price."""

    def base(quote: int) -> int:
        return quote * WAD * WAD // price

    return SystemTerms(
        first_price=price,
        oracle=OracleGuards(
            max_age=3_600,
            min_price=max(1, price // 1_000),
            max_price=min(price * 1_000, 2**96 - 1),
            max_deviation=0,
        ),
        risk=RiskTable(
            brackets=(
                Bracket(0, to_wad("0.02"), to_wad("0.01")),
                Bracket(20_000 * WAD, to_wad("0.04"), to_wad("0.02")),
                Bracket(60_000 * WAD, to_wad("0.1"), to_wad("0.05")),
            ),
            max_notional=120_000 * WAD,
            liquidation_fee_ratio=to_wad("0.005"),
            max_move=0,
            call_ratio=to_wad("1.2"),
        ),
        parameters=Parameters(
            trade_fee_ratio=to_wad("0.0007"),
            keeper_share=to_wad("0.37"),
            max_funding_rate=to_wad(funding[0]),
            reserve_ratio=to_wad(reserve_ratio),
            skew_scale=base(2_000_000),
            max_open_interest=base(300_000),
            max_skew=base(200_000),
            min_notional=50 * WAD,
            keeper_reserve=3 * 10**decimals + 1,
            max_funding_velocity=to_wad(funding[1]),
            adl_threshold=to_wad("0.0005"),
        ),
        token_decimals=decimals,
    )


@pytest.mark.parametrize("case", range(len(CASES)), ids=[f"{price}-{decimals}" for decimals, price in CASES])
def test_model_and_chain__generated_operations__agree_to_the_unit(case: int):
    decimals, price = CASES[case]
    unit = 10**decimals
    twins = Twins.create(
        terms_at(to_wad(price), decimals, SHORT_OF_CASH.get(case, "0.4"), FUNDING[case % 3]),
        purse=10_000_000 * unit,
        pool=(POOR if case in SHORT_OF_CASH else RICH) * unit,
        insurance=2_000 * unit,
    )
    rng = np.random.default_rng([2020, case])
    draw = OperationGenerator(twins, rng)
    for step in range(1, OPERATIONS + 1):
        twins.apply(draw.operation(), after=draw.elapsed(), price=draw.next_price())
        if step % MARKET_COMPARISON_EVERY == 0:
            twins.compare_market(step)
        if step % 50 == 0:
            let_money_come_and_go(twins, rng, poor=case in SHORT_OF_CASH)
        if step % FULL_COMPARISON_EVERY == 0:
            twins.compare_everything()
    report(twins)
    assert sum(twins.succeeded.values()) + sum(twins.refused.values()) == OPERATIONS
    for action in WEIGHTS:
        assert twins.succeeded[action] >= (10 if action in FREQUENT else 1), action
        assert twins.refused[action] >= (5 if action in FREQUENT else action not in SELDOM), action
    assert twins.succeeded["deleverage"] >= 5
    assert twins.model.books.bad_debt > 0
    assert twins.at_bound >= (10 if case % 3 == 2 else 0)


def let_money_come_and_go(twins: Twins, rng: np.random.Generator, poor: bool) -> None:
    """Beside the market: liquidity, insurance, and tokens that somebody sends to a vault."""
    unit = 10**twins.system.terms.token_decimals
    model = twins.model

    def up_to(most: int) -> int:
        return 1 + most * int(rng.integers(0, 10**12)) // 10**12

    now, price = twins.system.chain.timestamp, max(twins.round.price, 0)
    if poor and rng.random() < 0.6:
        twins.leave_pool(1.0)
    elif rng.random() < 0.2:
        twins.leave_pool(float(rng.uniform(0.5, 1)))
    elif model.total_assets(price, now) < (POOR if poor else RICH) * unit // 2:
        twins.give(POOL, (POOR if poor else RICH) * unit)
    else:
        twins.deposit(up_to(POOR * unit))
    if rng.random() < 0.5:
        twins.give(INSURANCE_FUND, up_to(500 * unit))
    for _ in range(min(3, model.books.last_id)):
        twins.give(vault_of(int(rng.integers(1, model.books.last_id, endpoint=True))), up_to(unit))
    twins.compare_market("money came and went")


def report(twins: Twins) -> None:
    """Print how often each action succeeded and failed, and why."""
    for action in WEIGHTS:
        print(f"{action}: {twins.succeeded[action]} succeeded, {twins.refused[action]} refused")
    for reason, count in sorted(twins.reasons.items()):
        print(f"  {count} x {reason}")
