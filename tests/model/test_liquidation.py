"""The plan of a liquidation: who gets what, worked by hand, and what makes a part become the whole."""

from __future__ import annotations

import numpy as np
import pytest

from isomargin import model
from isomargin.model import (
    Holding,
    LiquidationContext,
    LiquidationOutcome,
    Policy,
    Rejected,
    RiskTable,
    full,
    plan_liquidation,
    target_health,
)
from isomargin.units import WAD, to_wad
from tests.model.helpers import FLAT, PARAMETERS, STEPPED, TOKEN, parameters, published_tables, whole

SCALE = 10**12


def _holding(margin: int, cost: str, size: str = "5") -> Holding:
    """Five at a price of 200 unless told; the keeper reserve is three tokens."""
    return Holding(to_wad(size), to_wad(cost), 0, margin, 3 * TOKEN)


def _plan(
    holding: Holding,
    policy: Policy = target_health,
    *,
    index: int = 0,
    pool_cash: int = 10**12,
    min_notional: str = "100",
) -> LiquidationOutcome:
    return plan_liquidation(
        holding,
        price=to_wad(200),
        index=index,
        risk=FLAT,
        policy=policy,
        parameters=parameters(min_notional=to_wad(min_notional)),
        pool_cash=pool_cash,
        token_scale=SCALE,
    )


def _quantity_of(quantity: int) -> Policy:
    def policy(context: LiquidationContext) -> int:
        return quantity

    return policy


# Equity of 8 under a maintenance of 10: margin 58, five at 210 now at 200.
SICK = _holding(58 * TOKEN, "1050")


def test_plan__to_the_target_health__closes_two_of_five() -> None:
    # 400 sold for what cost 420; a penalty of 0.2% of 400, half of it to the keeper.
    assert _plan(SICK) == LiquidationOutcome(
        quantity=to_wad(2),
        full=False,
        trade_cost=-to_wad(400),
        cost_removed=to_wad(420),
        settlement=-20 * TOKEN,
        penalty=800_000,
        keeper_share=400_000,
        insurance_share=400_000,
        keeper_reserve=0,
        owner_share=0,
        bad_debt=0,
    )
    assert _plan(SICK).reward == 400_000


def test_plan__for_a_short__mirrors_the_long() -> None:
    short = Holding(-to_wad(5), -to_wad(950), 0, 58 * TOKEN, 3 * TOKEN)
    outcome = _plan(short)
    assert (outcome.quantity, outcome.trade_cost, outcome.cost_removed) == (
        to_wad(2),
        to_wad(400),
        -to_wad(380),
    )
    assert (outcome.settlement, outcome.penalty, outcome.full) == (-20 * TOKEN, 800_000, False)


def test_plan__with_funding_owed__settles_it_with_the_part() -> None:
    # An index of one: five owed, which leaves equity 3 of 10: x = (12 - 3) / 1% = 900 of 1000.
    outcome = _plan(SICK, index=WAD)
    assert (outcome.quantity, outcome.full) == (to_wad("4.5"), False)
    assert outcome.settlement == -50 * TOKEN  # 900 for 945, less 5


def test_plan__by_the_full_policy__closes_everything() -> None:
    assert _plan(SICK, full) == LiquidationOutcome(
        quantity=to_wad(5),
        full=True,
        trade_cost=-to_wad(1_000),
        cost_removed=to_wad(1_050),
        settlement=-50 * TOKEN,
        penalty=2 * TOKEN,
        keeper_share=TOKEN,
        insurance_share=TOKEN,
        keeper_reserve=3 * TOKEN,
        owner_share=6 * TOKEN,
        bad_debt=0,
    )
    assert _plan(SICK, full).reward == 4 * TOKEN


@pytest.mark.parametrize("asked", [0, to_wad(5), to_wad(6)])
def test_plan__when_the_policy_says_nothing_or_all__closes_everything(asked: int) -> None:
    assert _plan(SICK, _quantity_of(asked)) == _plan(SICK, full)


def test_plan__when_the_rest_would_be_dust__closes_everything() -> None:
    assert _plan(SICK, min_notional="600").full is False
    assert _plan(SICK, min_notional="600.000000000000000001") == _plan(SICK, full)


def test_plan__when_the_part_does_not_help__closes_everything() -> None:
    # One unit of base frees nothing, yet costs a whole token unit of penalty.
    assert _plan(SICK, _quantity_of(1)) == _plan(SICK, full)


def test_plan__when_the_penalty_is_above_95_percent_of_equity__is_cut_to_it() -> None:
    outcome = _plan(_holding(51 * TOKEN, "1050"), full)
    assert (outcome.penalty, outcome.owner_share) == (950_000, 50_000)
    assert (outcome.keeper_share, outcome.insurance_share) == (475_000, 475_000)


def test_plan__of_an_odd_penalty__gives_the_odd_unit_to_the_insurance_fund() -> None:
    outcome = _plan(_holding(51 * TOKEN - 1, "1050"), full)
    assert outcome.penalty == 949_999  # 95% of 0.999999 is 0.94999905
    assert (outcome.keeper_share, outcome.insurance_share) == (474_999, 475_000)


def test_plan__of_an_insolvent_position__pays_the_keeper_its_reserve_and_nothing_else() -> None:
    # Margin 58, loss 70: twelve are missing.
    outcome = _plan(_holding(58 * TOKEN, "1070"))
    assert (outcome.full, outcome.settlement, outcome.penalty) == (True, -58 * TOKEN, 0)
    assert (outcome.reward, outcome.owner_share, outcome.bad_debt) == (3 * TOKEN, 0, to_wad(12))


def test_plan__with_exactly_no_equity__is_full_without_bad_debt() -> None:
    outcome = _plan(_holding(58 * TOKEN, "1058"))
    assert (outcome.full, outcome.settlement, outcome.penalty) == (True, -58 * TOKEN, 0)
    assert (outcome.owner_share, outcome.bad_debt) == (0, 0)


def test_plan__in_profit_with_a_poor_pool__gets_what_the_pool_has() -> None:
    # Margin 1, profit 7, penalty 2: with 4 in the pool 3 are left for the owner, with nothing not even the 2.
    in_profit = _holding(TOKEN, "993")
    some = _plan(in_profit, full, pool_cash=4 * TOKEN)
    assert (some.settlement, some.penalty, some.owner_share) == (4 * TOKEN, 2 * TOKEN, 3 * TOKEN)
    nothing = _plan(in_profit, full, pool_cash=0)
    assert (nothing.settlement, nothing.penalty, nothing.owner_share) == (0, TOKEN, 0)


def test_plan__when_the_part_cannot_pay_its_penalty__closes_everything() -> None:
    penniless = _holding(0, "992")
    assert _plan(penniless).full is False
    outcome = _plan(penniless, pool_cash=0)
    assert (outcome.full, outcome.penalty, outcome.reward) == (True, 0, 3 * TOKEN)


def test_plan__of_a_sound_position__is_rejected() -> None:
    with pytest.raises(Rejected) as refusal:
        _plan(_holding(60 * TOKEN, "1050"))
    assert refusal.value.reason == "market: position is sound"


def test_plan__of_random_positions__leaves_the_rest_at_the_target_or_closes_everything() -> None:
    rng = np.random.default_rng(5)
    tables = [FLAT, STEPPED, *(table for table, _ in published_tables().values())]
    partial = 0
    for number in range(6_000):
        table = tables[number % len(tables)]
        holding, price = _sick_holding(rng, table)
        outcome = plan_liquidation(
            holding,
            price=price,
            index=0,
            risk=table,
            policy=target_health,
            parameters=PARAMETERS,
            pool_cash=10**40,
            token_scale=SCALE,
        )
        if outcome.full:
            assert outcome.owner_share >= 0
            continue
        partial += 1
        rest = _rest(holding, outcome)
        required = table.maintenance(rest.notional(price))
        # Conversions to whole token units cost the rest at most one for the settlement and one for the fee.
        assert rest.equity(price, 0, SCALE) + 2 * SCALE >= required * 12 // 10
        assert rest.equity(price, 0, SCALE) * table.maintenance(holding.notional(price)) > (
            holding.equity(price, 0, SCALE) * required
        )
        assert rest.notional(price) >= PARAMETERS.min_notional
    assert partial > 2_000


def _sick_holding(rng: np.random.Generator, table: RiskTable) -> tuple[Holding, int]:
    """A position whose equity is a random part of its maintenance, solvent or not."""
    price = whole(rng, 10**15, 10**23)
    notional = whole(rng, to_wad(200), to_wad(10**8))
    size = notional * WAD // price * (1 if rng.random() < 0.5 else -1)
    value = model.value(size, price)
    required = table.maintenance(abs(value))
    equity = required * int(rng.integers(-200, 999)) // 1000
    margin = whole(rng, 1, abs(value) // SCALE)
    return Holding(size, margin * SCALE + value - equity, 0, margin, 0), price


def _rest(holding: Holding, outcome: LiquidationOutcome) -> Holding:
    closed = outcome.quantity if holding.size > 0 else -outcome.quantity
    return Holding(
        size=holding.size - closed,
        cost=holding.cost - outcome.cost_removed,
        funding_index=0,
        margin=holding.margin + outcome.settlement - outcome.penalty,
    )
