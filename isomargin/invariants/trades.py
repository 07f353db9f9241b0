"""What an owner does: every figure of the events, worked out again by the model (I3, I16)."""

from __future__ import annotations

from typing import NamedTuple

from isomargin import model
from isomargin.invariants.case import Case, compare
from isomargin.invariants.catalogue import BAD_DEBT
from isomargin.invariants.findings import Tally

__all__ = ["DueAtClose", "check_closed", "check_modified", "check_opened", "due_at_close"]


class _Deal(NamedTuple):
    """A trade at the skew before it: WAD price, WAD quote."""

    fill_price: int
    cost: int
    fee: int


def check_opened(case: Case, tally: Tally) -> None:
    """Check a PositionOpened; the margin of the case is what the vault holds before the fee."""
    deal = _deal(case, case.args["size"])
    expected = {
        "fill_price": deal.fill_price,
        "cost": deal.cost,
        "fee": deal.fee,
        "funding_index": case.funding_index,
        "keeper_reserve": case.circumstances.parameters.keeper_reserve,
        "margin": case.margin + case.tokens(-deal.fee),
    }
    compare(case, tally, expected)


def check_modified(case: Case, tally: Tally) -> None:
    """Check a PositionModified: the position grew or shrank."""
    held, delta = case.position, case.args["size_delta"]
    deal, funding = _deal(case, delta), case.funding()
    if delta * held.size > 0:
        realised, cost = 0, held.cost + deal.cost
    else:
        removed = model.cost_removed(held.cost, abs(delta), held.size)
        realised, cost = model.realised_pnl(deal.cost, removed), held.cost - removed
    settlement = case.tokens(realised - funding - deal.fee)
    expected = {
        "size": held.size + delta,
        "cost": cost,
        "funding_index": case.funding_index,
        "fill_price": deal.fill_price,
        "fee": deal.fee,
        "funding": funding,
        "realised_pnl": realised,
        "settlement": settlement,
        "margin": case.margin + settlement,
    }
    compare(case, tally, expected)


class DueAtClose(NamedTuple):
    """What closing a position comes to: `payout` token units that its owner is due, reserve included."""

    fill_price: int
    fee: int
    funding: int
    realised_pnl: int
    settlement: int
    payout: int


def due_at_close(case: Case) -> DueAtClose:
    """Work out by the model what an owner who closes now is due; the event of the case is not looked at."""
    held = case.position
    deal, funding = _deal(case, -held.size), case.funding()
    realised = model.realised_pnl(deal.cost, held.cost)
    # price impact and fee take no more than what is there
    settlement = max(case.tokens(realised - funding - deal.fee), -case.margin)
    payout = case.margin + settlement + held.keeper_reserve
    return DueAtClose(deal.fill_price, deal.fee, funding, realised, settlement, payout)


def check_closed(case: Case, tally: Tally, *, refused: bool) -> None:
    """Check a PositionClosed; `refused` says whether the token refused the payout."""
    equity, _ = case.health()
    tally.check(BAD_DEBT, equity > 0, lambda: f"{case.place}: its owner left it with equity {equity}")
    due = due_at_close(case)
    expected = {**due._asdict(), "size_delta": -case.position.size}
    compare(case, tally, {**expected, "payout": 0} if refused else expected)


def _deal(case: Case, delta: int) -> _Deal:
    now = case.circumstances
    fill = model.fill_price(now.price, case.skew, delta, now.parameters.skew_scale)
    cost = model.trade_cost(delta, fill)
    return _Deal(fill, cost, model.trade_fee(cost, now.parameters.trade_fee_ratio))
