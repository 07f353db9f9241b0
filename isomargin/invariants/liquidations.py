"""Liquidations worked out again by the model: right (I7), of help (I10), and rightly paid (I3, I16)."""

from __future__ import annotations

from isomargin import model
from isomargin.invariants.case import Case, compare
from isomargin.invariants.catalogue import BAD_DEBT, LIQUIDATION_HELPS, NO_WRONGFUL_LIQUIDATION
from isomargin.invariants.findings import Tally
from isomargin.model import Holding, LiquidationOutcome, Rejected

__all__ = ["check_liquidated", "planned"]


def planned(case: Case, pool_cash: int) -> LiquidationOutcome | None:
    """Work out a liquidation by the model; None if the model would not liquidate at all.

    How much is closed is the policy's choice, and any policy may be plugged in, so the quantity is the
    event's own. Whether the market may close only that much is for the model.

    Parameters
    ----------
    pool_cash : int
        Token units in the pool just before; it pays no more than that.
    """
    now, quantity = case.circumstances, abs(case.args["size_delta"])
    try:
        return model.plan_liquidation(
            case.holding,
            price=now.price,
            index=case.funding_index,
            risk=now.risk,
            policy=lambda context: quantity,
            parameters=now.parameters,
            pool_cash=pool_cash,
            token_scale=now.token_scale,
            multiplier=now.multiplier,
        )
    except Rejected:
        return None


def check_liquidated(case: Case, plan: LiquidationOutcome | None, bad_debt: int, tally: Tally) -> None:
    """Check everything of a PositionLiquidated but what reached keeper and owner.

    Parameters
    ----------
    plan : LiquidationOutcome or None
        What `planned` gave.
    bad_debt : int
        What the BadDebt events of this liquidation named, WAD quote.
    """
    equity, maintenance = case.health()
    tally.check(
        NO_WRONGFUL_LIQUIDATION,
        equity < maintenance,
        lambda: f"{case.place}: equity {equity} was not below maintenance {maintenance}",
    )
    if case.circumstances.in_grace:
        _check_grace(case, tally)
    _check_help(case, tally)
    is_full = case.args["size"] == 0
    tally.equal(BAD_DEBT, case.place, "bad debt", bad_debt, max(0, -equity) if is_full else 0)
    if plan is not None:
        _check_ledger(case, plan, tally)


def _check_grace(case: Case, tally: Tally) -> None:
    """In the grace after an outage only those fall that were below maintenance before it."""
    before = case.at_price(case.circumstances.outage.price_before)
    equity, maintenance = before.health()
    tally.check(
        NO_WRONGFUL_LIQUIDATION,
        before.circumstances.price > 0 and equity < maintenance,
        lambda: f"{case.place}: in its grace, at the price before {equity} was not below {maintenance}",
    )


def _check_ledger(case: Case, plan: LiquidationOutcome, tally: Tally) -> None:
    held = case.position
    closed = plan.quantity if held.size > 0 else -plan.quantity
    # a reward that the token refused the keeper stays; what he got is checked where it moved
    left = case.margin + plan.settlement - plan.insurance_share - case.args["reward"]
    expected = {
        "size_delta": -closed,
        "size": held.size - closed,
        "cost": held.cost - plan.cost_removed,
        "funding_index": 0 if plan.full else case.funding_index,
        "price": case.circumstances.price,
        "realised_pnl": model.realised_pnl(plan.trade_cost, plan.cost_removed),
        "funding": case.funding(),
        "settlement": plan.settlement,
        "penalty": plan.penalty,
        "margin": 0 if plan.full else left,
    }
    compare(case, tally, expected)


def _check_help(case: Case, tally: Tally) -> None:
    """The margin ratio of what remains is compared unrounded, crosswise."""
    args, least = case.args, case.circumstances.parameters.min_notional
    if args["size"] == 0:
        tally.check(LIQUIDATION_HELPS, True, "a position that is closed is helped")
        return
    rest = Holding(args["size"], args["cost"], args["funding_index"], args["margin"])
    (equity, maintenance), (equity_left, maintenance_left) = case.health(), case.health_of(rest)
    tally.check(
        LIQUIDATION_HELPS,
        equity_left * maintenance > equity * maintenance_left,
        lambda: (
            f"{case.place}: equity to maintenance went from {equity} : {maintenance} "
            f"to {equity_left} : {maintenance_left}"
        ),
    )
    notional = rest.notional(case.circumstances.price)
    tally.check(
        LIQUIDATION_HELPS,
        notional >= least,
        lambda: f"{case.place}: leaves a notional of {notional}, less than {least}",
    )
