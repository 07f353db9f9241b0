"""Deleveraging worked out again by the model: needed and of help (I18), and rightly paid (I3)."""

from __future__ import annotations

from typing import NamedTuple

from isomargin.invariants.case import Case, compare
from isomargin.invariants.catalogue import AUTHORITY
from isomargin.invariants.findings import Tally
from isomargin.units import WAD

__all__ = ["PoolBurden", "check_deleveraged"]


class PoolBurden(NamedTuple):
    """What the pool owes traders before and after, WAD quote, and its cash before, token units."""

    claims: int
    claims_after: int
    cash: int


def check_deleveraged(case: Case, burden: PoolBurden, tally: Tally, *, refused: bool) -> None:
    """Check a PositionDeleveraged; `refused` says whether the token refused the payout."""
    now, held = case.circumstances, case.position
    pnl, funding = case.holding.unrealised_pnl(now.price), case.funding()
    _check_right(case, burden, pnl - funding, tally)
    settlement = case.tokens(pnl - funding)
    expected = {
        "size_delta": -held.size,
        "price": now.price,
        "realised_pnl": pnl,
        "funding": funding,
        "settlement": settlement,
        "payout": 0 if refused else case.margin + settlement + held.keeper_reserve,
    }
    compare(case, tally, expected)


def _check_right(case: Case, burden: PoolBurden, profit: int, tally: Tally) -> None:
    """Nobody may be closed out who wins nothing, while the pool can bear it, or to no avail."""
    now, claims = case.circumstances, burden.claims
    threshold = now.parameters.adl_threshold
    assets = max(0, burden.cash * now.token_scale - claims)
    tally.check(
        AUTHORITY,
        threshold > 0 and claims > 0 and claims * WAD > threshold * assets,
        lambda: f"{case.place}: no need, claims {claims} against assets {assets}, threshold {threshold}",
    )
    tally.check(AUTHORITY, profit > 0, lambda: f"{case.place}: it was not in profit, but at {profit}")
    tally.check(
        AUTHORITY,
        burden.claims_after < claims,
        lambda: f"{case.place}: of no help, claims went from {claims} to {burden.claims_after}",
    )
