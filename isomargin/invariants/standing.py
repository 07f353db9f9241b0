"""The chain as it stands, read and compared with what the events told (I1, I2, I4, I5, I6, I16, I17, I18)."""

from __future__ import annotations

from collections.abc import Iterable

from isomargin.invariants.catalogue import (
    AUTHORITY,
    BAD_DEBT,
    CONSERVATION,
    CUSTODY,
    FUNDING,
    MONOTONE,
    OPEN_INTEREST,
    SOLVENCY,
)
from isomargin.invariants.findings import Tally
from isomargin.invariants.history import History
from isomargin.protocol import MarketState, PositionView, System
from isomargin.units import WAD

__all__ = ["check_balances", "check_positions", "check_totals"]


def check_totals(state: MarketState, history: History, tally: Tally) -> None:
    """Compare everything that the market shows in one view; no position is read."""
    place, book = f"block {history.block_number}", history.book
    sums = {
        "long_open_interest": book.long_open_interest,
        "short_open_interest": book.short_open_interest,
        "skew": book.skew,
        "cost_sum": book.cost_sum,
        "funding_basis": book.funding_basis,
    }
    for name, figure in sums.items():
        tally.equal(OPEN_INTEREST, place, name, getattr(state, name), figure)
    tally.equal(BAD_DEBT, place, "bad_debt", state.bad_debt, book.bad_debt)
    tally.equal(MONOTONE, place, "last_id", state.last_id, book.last_id)
    _check_funding(place, state, history, tally)
    _check_solvency(place, state, history, tally)


def check_balances(system: System, history: History, accounts: Iterable[str], tally: Tally) -> None:
    """Compare the balances of accounts, and the supply, with the sums of all Transfer events."""
    place, book = f"block {history.block_number}", history.book
    for account in sorted(accounts):
        balance = system.token_balance(account)
        tally.equal(CONSERVATION, place, f"the balance of {account}", balance, book.balance(account))
    supply = int(system.token.call("totalSupply"))
    tally.equal(CONSERVATION, place, "the supply", supply, book.total_supply)
    tally.equal(CONSERVATION, place, "the sum of all balances", sum(book.balances.values()), supply)


def check_positions(views: Iterable[PositionView], history: History, tally: Tally) -> None:
    """Compare positions, open or ended, with the book."""
    book = history.book
    for view in views:
        place = f"block {history.block_number}, position {view.id}"
        held = book.positions.get(view.id)
        if held is None:
            tally.check(OPEN_INTEREST, not view.is_open, f"{place}: it is open, and should not be")
            if (ended := book.ended.get(view.id)) is not None:
                tally.equal(AUTHORITY, place, "owner", view.owner, ended.owner)
                tally.equal(CUSTODY, place, "vault", view.vault, ended.vault)
            continue
        tally.equal(AUTHORITY, place, "owner", view.owner, held.owner)
        for name in ("size", "cost", "funding_index"):
            tally.equal(OPEN_INTEREST, place, name, getattr(view, name), getattr(held, name))
        for name in ("vault", "keeper_reserve"):
            tally.equal(CUSTODY, place, name, getattr(view, name), getattr(held, name))
        tally.equal(CUSTODY, place, "margin", view.margin, book.margin(view.id))


def _check_funding(place: str, state: MarketState, history: History, tally: Tally) -> None:
    """What was settled and what has accrued is what the skew owed, plus the dust of rounding up each time."""
    book, index = history.book, history.book.funding_index
    expected = history.funding_index_at(state.price)
    tally.equal(FUNDING, place, "funding_index", state.funding_index, expected)
    accrued = sum(book.held(position_id).accrued_funding(index) for position_id in book.positions)
    dust = (book.funding_settled + accrued) * WAD - history.funding_owed
    roundings = history.funding_settlements + len(book.positions)
    tally.check(
        FUNDING,
        0 <= dust <= roundings * WAD,
        lambda: f"{place}: traders paid {dust} / 10**18 more than was owed, in {roundings} roundings",
    )


def _check_solvency(place: str, state: MarketState, history: History, tally: Tally) -> None:
    """Everybody could leave at once.

    Reserves, the insurance fund and what ended positions can still claim stand on both sides of the
    account, in tokens, so what is left is margin and pool cash against equities and pool shares. The help is
    the bad debt that open positions would leave: none while all equities are positive. What remains over is
    rounding: a wad unit for each position and each sum, and the token unit that the pool's assets lose.
    """
    book, scale = history.book, history.circumstances.token_scale
    margins = claims = help_needed = 0
    for position_id in book.positions:
        held = book.held(position_id)
        equity = held.equity(state.price, state.funding_index, scale)
        margins += held.margin * scale
        claims += max(0, equity)
        help_needed += max(0, -equity)
    over = margins + state.pool_cash * scale + help_needed - claims - state.pool_assets * scale
    tally.check(SOLVENCY, over >= 0, lambda: f"{place}: the system owes {-over} more than it has, WAD quote")
    if state.pool_assets:
        most = scale + 2 * len(book.positions) + 2
        tally.check(
            SOLVENCY, over <= most, lambda: f"{place}: {over} belong to nobody, rounding explains {most}"
        )
