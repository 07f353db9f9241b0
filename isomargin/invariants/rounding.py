"""Payments held against exact rationals, step by step, without the model's own rounding (I11).

What a position owes may be up to one unit more than the exact amount, what it or a keeper is due up to one
unit less. Each step is measured from the integers before it, so that one unit is one rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from isomargin.invariants.case import Case
from isomargin.invariants.catalogue import ROUNDING
from isomargin.invariants.findings import Tally
from isomargin.units import WAD

__all__ = ["check_cover_rounding", "check_rounding"]

_MOST_PENALTY = Fraction(95, 100)  # of the equity


def check_rounding(case: Case, tally: Tally, pool_cash: int | None = None) -> None:
    """Check every rounded figure of an event that trades.

    Parameters
    ----------
    pool_cash : int, optional
        Token units that the pool has to pay with, where it pays no more than that: at a liquidation.
    """
    args, held, terms, now = case.args, case.position, case.circumstances.parameters, case.circumstances
    step = _Step(case, tally)
    trade = _trade_of(case)
    if "fill_price" in args:
        half_way = case.skew + Fraction(trade.delta, 2)
        exact_fill = now.price * (1 + half_way / terms.skew_scale)
        (step.up if trade.delta > 0 else step.down)("fill price", args["fill_price"], exact_fill)
    step.up("cost", trade.cost, Fraction(trade.delta * args.get("fill_price", now.price), WAD))
    if held.size:
        owed = Fraction(held.size * (case.funding_index - held.funding_index), WAD)
        step.up("funding", args["funding"], owed)
    if trade.delta * held.size < 0:
        step.up("cost removed", trade.removed, Fraction(held.cost * abs(trade.delta), abs(held.size)))
    if "fee" in args:
        step.up("fee", args["fee"], Fraction(abs(trade.cost) * terms.trade_fee_ratio, WAD))
    _check_settlement(step, trade, pool_cash)
    if "penalty" in args:
        _check_penalty(step, trade)


def check_cover_rounding(case: Case, amount: int, paid: int, fund: int, tally: Tally) -> None:
    """Check what the insurance fund paid of a bad debt: whole token units, as far as it has them.

    Parameters
    ----------
    amount : int
        The bad debt, WAD quote.
    paid, fund : int
        Token units; what the fund held before.
    """
    exact = min(Fraction(amount, case.circumstances.token_scale), Fraction(fund))
    _Step(case, tally).down("insurance payment", paid, exact)


@dataclass(frozen=True, slots=True)
class _Trade:
    """Signed base; WAD quote paid; cost basis that went with a part that was closed, WAD quote."""

    delta: int
    cost: int
    removed: int


@dataclass(frozen=True, slots=True)
class _Step:
    """One rounding, in either direction."""

    case: Case
    tally: Tally

    def up(self, what: str, found: int, exact: Fraction) -> None:
        self._check(what, found, exact, exact <= found < exact + 1)

    def down(self, what: str, found: int, exact: Fraction) -> None:
        self._check(what, found, exact, exact - 1 < found <= exact)

    def _check(self, what: str, found: int, exact: Fraction, holds: bool) -> None:
        self.tally.check(
            ROUNDING, holds, lambda: f"{self.case.place}: {what} is {found}, exactly it is {float(exact)!r}"
        )


def _trade_of(case: Case) -> _Trade:
    """Read the trade back from the event and the position before it."""
    args, held = case.args, case.position
    delta = args.get("size_delta", args.get("size", 0))  # an opening is all of its size
    if "realised_pnl" not in args or delta * held.size > 0:
        return _Trade(delta, args["cost"] - held.cost, 0)
    removed = held.cost - args.get("cost", 0)  # a close says no cost, for none is left
    return _Trade(delta, -args["realised_pnl"] - removed, removed)


def _check_settlement(step: _Step, trade: _Trade, pool_cash: int | None) -> None:
    """What moved between pool and vault; a loss takes at most the margin."""
    case, args = step.case, step.case.args
    gained = -trade.cost - trade.removed if trade.delta * case.position.size < 0 else 0
    net = gained - args.get("funding", 0) - args.get("fee", 0)
    exact = max(Fraction(net, case.circumstances.token_scale), Fraction(-case.margin))
    if pool_cash is not None:
        exact = min(exact, Fraction(pool_cash))
    settled = args["settlement"] if "settlement" in args else args["margin"] - case.margin
    step.down("settlement", settled, exact)


def _check_penalty(step: _Step, trade: _Trade) -> None:
    """The penalty, owed and so up, if there is that much; the keeper's share of it, due and so down."""
    case, args, now = step.case, step.case.args, step.case.circumstances
    equity, _ = case.health()
    fee = Fraction(abs(trade.cost) * now.risk.liquidation_fee_ratio, WAD * now.token_scale)
    most = min(max(equity, 0) * _MOST_PENALTY / now.token_scale, Fraction(case.margin + args["settlement"]))
    if fee <= floor(most):
        step.up("penalty", args["penalty"], fee)
    else:
        step.down("penalty", args["penalty"], most)
    if args["reward"]:  # nothing where the token refused it
        reserve = case.position.keeper_reserve if args["size"] == 0 else 0
        share = Fraction(args["penalty"] * now.parameters.keeper_share, WAD)
        step.down("the keeper's share", args["reward"] - reserve, share)
