"""The chain as it stands, compared with what the events told (I1, I2, I4, I5, I6, I9, I14 to I18)."""

from __future__ import annotations

from collections.abc import Mapping

from isomargin.invariants.catalogue import (
    AUTHORITY,
    BAD_DEBT,
    CONSERVATION,
    CUSTODY,
    FUNDING,
    ISOLATION,
    MONOTONE,
    NO_SELF_HARM,
    OPEN_INTEREST,
    ORACLE,
    SOLVENCY,
)
from isomargin.invariants.findings import Tally
from isomargin.invariants.history import History
from isomargin.invariants.readings import PositionReading, Totals
from isomargin.model import premium
from isomargin.units import WAD

__all__ = ["check_balances", "check_bystanders", "check_maintenance", "check_positions", "check_totals"]


def check_totals(
    totals: Totals, before: Totals | None, history: History, tally: Tally, *, is_full: bool
) -> None:
    """Compare the market's totals with the book's sums, and with the last reading; no position is read.

    What all positions are worth together follows from the sums; in full, each of them is counted.
    """
    place, book = f"block {history.block_number}", history.book
    for name in ("long_open_interest", "short_open_interest", "skew", "cost_sum", "funding_basis"):
        tally.equal(OPEN_INTEREST, place, name, getattr(totals, name), getattr(book, name))
    tally.equal(BAD_DEBT, place, "bad_debt", totals.bad_debt, book.bad_debt)
    tally.equal(MONOTONE, place, "last_id", totals.last_id, book.last_id)
    if before is not None:
        for name in ("last_id", "bad_debt"):
            now, then = getattr(totals, name), getattr(before, name)
            tally.check(MONOTONE, now >= then, f"{place}: {name} fell from {then} to {now}")
    tally.equal(CONSERVATION, place, "the supply", totals.supply, book.total_supply)
    _check_funding(place, totals, history, tally, is_full=is_full)
    _check_oracle(place, totals, history, tally)
    if not totals.refusal:  # at a bad price nobody can leave, and what they would be owed is not known
        _check_solvency(place, totals, history, tally, is_full=is_full)


def check_balances(balances: Mapping[str, int], history: History, tally: Tally) -> None:
    """Compare balances with the sums of all Transfer events, and those sums with the supply."""
    place, book = f"block {history.block_number}", history.book
    for account, balance in balances.items():
        tally.equal(CONSERVATION, place, f"the balance of {account}", balance, book.balance(account))
    total = sum(book.balances.values())
    tally.equal(CONSERVATION, place, "the sum of all balances", total, book.total_supply)


def check_positions(
    readings: Mapping[int, PositionReading], balances: Mapping[str, int], history: History, tally: Tally
) -> None:
    """Compare positions, open or ended, with the book, and their margins with what their vaults hold."""
    book = history.book
    for position_id, read in readings.items():
        place = f"block {history.block_number}, position {position_id}"
        held = book.positions.get(position_id)
        if held is not None:
            for name in ("size", "cost", "funding_index"):
                tally.equal(OPEN_INTEREST, place, name, getattr(read, name), getattr(held, name))
            tally.equal(AUTHORITY, place, "owner", read.owner, held.owner)
            tally.equal(CUSTODY, place, "vault", read.vault, held.vault)
            tally.equal(CUSTODY, place, "keeper_reserve", read.keeper_reserve, held.keeper_reserve)
            margin = balances[held.vault] - held.keeper_reserve
            tally.equal(CUSTODY, place, "margin", read.margin, margin)
        elif (ended := book.ended.get(position_id)) is not None:
            tally.equal(OPEN_INTEREST, place, "size", read.size, 0)
            tally.equal(AUTHORITY, place, "owner", read.owner, ended.owner)
            tally.equal(CUSTODY, place, "vault", read.vault, ended.vault)
        else:
            tally.check(MONOTONE, False, f"{place}: events name it, but it was never opened")


def check_bystanders(
    readings: Mapping[int, PositionReading], balances: Mapping[str, int], history: History, tally: Tally
) -> None:
    """Compare open positions that no event has named since they were last read: nothing of them may move."""
    book = history.book
    for position_id, read in readings.items():
        if (held := book.positions.get(position_id)) is not None:
            kept = (held.owner, held.vault, held.size, held.cost, held.funding_index, held.keeper_reserve)
            found = (*read[:-1], balances[held.vault])
            tally.equal(
                ISOLATION,
                f"block {history.block_number}",
                f"position {position_id}, on which nobody acted,",
                found,
                (*kept, book.balance(held.vault)),
            )


def check_maintenance(position_id: int, asked: int, history: History, tally: Tally) -> None:
    """Check that the engine asks no more of a position than table and ramp say."""
    now = history.circumstances
    due = now.maintenance(history.book.held(position_id).notional(now.price))
    tally.check(
        NO_SELF_HARM,
        asked <= due,
        lambda: f"block {history.block_number}: position {position_id} must hold {asked}, not {due}",
    )


def _check_oracle(place: str, totals: Totals, history: History, tally: Tally) -> None:
    """The oracle refuses what its guards forbid; what else it may refuse is its own affair."""
    expected = history.circumstances.refusal
    tally.check(
        ORACLE,
        bool(totals.refusal) or not expected,
        lambda: f"{place}: the oracle passes {totals.price}, {expected}",
    )


def _check_funding(place: str, totals: Totals, history: History, tally: Tally, *, is_full: bool) -> None:
    """What was settled and what has accrued is what the skew owed, plus the dust of rounding up each time."""
    book, index = history.book, history.book.funding_index
    tally.equal(FUNDING, place, "funding_index", totals.funding_index, index)
    accrued, roundings = book.skew * index - book.funding_basis, history.funding_settlements
    if is_full:
        accrued = WAD * sum(book.held(number).accrued_funding(index) for number in book.positions)
        roundings += len(book.positions)
    dust = book.funding_settled * WAD + accrued - history.funding_owed
    tally.check(
        FUNDING,
        0 <= dust <= roundings * WAD,
        lambda: f"{place}: traders paid {dust} / 10**18 more than was owed, in {roundings} roundings",
    )


def _check_solvency(place: str, totals: Totals, history: History, tally: Tally, *, is_full: bool) -> None:
    """Everybody could leave at once.

    Reserves, the insurance fund and what ended positions can still claim stand on both sides of the
    account, in tokens, so what is left is margin and pool cash against equities and pool shares; equities
    below zero are the bad debt that open positions would leave. What remains over is the premium, which the
    pool keeps for whoever undoes the skew, and rounding: two wad units for each sum and, if counted one by
    one, each position, and the token unit that the pool's assets lose.
    """
    book, scale = history.book, history.circumstances.token_scale
    index, counted = history.funding_index_at(totals.price), 0
    equities = book.equity_sum(totals.price, index, scale)
    if is_full:
        counted = len(book.positions)
        equities = sum(book.held(number).equity(totals.price, index, scale) for number in book.positions)
    over = (book.margin_sum + totals.pool_cash - totals.pool_assets) * scale - equities
    tally.check(SOLVENCY, over >= 0, lambda: f"{place}: the system owes {-over} more than it has, WAD quote")
    if totals.pool_assets:
        dust = over - premium(book.skew, totals.price, history.circumstances.parameters.skew_scale)
        most = scale + 2 * counted + 2
        tally.check(
            SOLVENCY,
            0 <= dust <= most,
            lambda: f"{place}: {dust} belong to nobody, rounding explains 0 to {most}",
        )
