"""The answer before all plots: one paragraph, the headline figures, and who gained and who lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from isomargin.record import RunRecord, failed_expectations
from isomargin.report.amounts import Amount, amount, count, headline, percent, price_digits
from isomargin.report.results import position_results, side_results

__all__ = ["SideLine", "Tile", "in_short", "sides", "tiles"]


@dataclass(frozen=True)
class Tile:
    """A headline number; `tone` says whether it is good or bad news, `note` says it in words."""

    label: str
    value: Amount
    note: str
    tone: Literal["plain", "good", "bad"] = "plain"


@dataclass(frozen=True)
class SideLine:
    """What one side of the market gained or lost; `share` is its bar, 0 to 100 of the largest."""

    name: str
    result: Amount
    note: str
    share: int
    is_loss: bool


def in_short(record: RunRecord) -> list[str]:
    """The run in a few sentences: the price, the liquidated, the loss and who bore it, the books."""
    said = []
    if record.blocks:
        said.append(_price_sentence(record))
    counts = record.summary.positions
    if not counts.opened:
        said.append("No position was opened.")
    elif not counts.liquidated and not record.summary.liquidations.count:
        said.append(f"None of {_things(counts.opened, 'position')} was liquidated.")
    else:
        said.append(_liquidated_sentence(record))
    if record.summary.bad_debt:
        said.append(_loss_sentence(record))
    said.append(_books_sentence(record))
    if record.expectations:
        failed = len(failed_expectations(record))
        judged = _things(len(record.expectations), "expectation")
        said.append(f"All {judged} held." if not failed else f"Of {judged} {failed:,} failed.")
    return said


def tiles(record: RunRecord) -> list[Tile]:
    """The headline numbers."""
    return [*_position_tiles(record), *_money_tiles(record), _invariant_tile(record)]


def sides(record: RunRecord) -> list[SideLine]:
    """Who gained and who lost, longs and shorts first."""
    found = side_results(record, position_results(record))
    largest = max((abs(side.result) for side in found), default=0) or 1
    return [
        SideLine(
            side.name,
            headline(side.result, 18, record.run.token_symbol, signed=True),
            side.note,
            abs(side.result) * 100 // largest,
            side.result < 0,
        )
        for side in found
    ]


def _price_sentence(record: RunRecord) -> str:
    prices = [block.price for block in record.blocks]
    first, last, low, high = prices[0], prices[-1], min(prices), max(prices)
    digits = price_digits(low)
    shown = {price: amount(price, 18, digits=digits).text for price in (first, last, low, high)}
    if last == first:
        moved = f"The price ended where it began, at {shown[first]}"
    else:
        word = "fell" if last < first else "rose"
        by = percent(abs(last - first), first)
        moved = f"The price {word} by {by}, from {shown[first]} to {shown[last]}"
    between = [f"as low as {shown[low]}"] if low < min(first, last) else []
    between += [f"as high as {shown[high]}"] if high > max(first, last) else []
    return f"{moved}{', and was ' + ' and '.join(between) if between else ''}."


def _liquidated_sentence(record: RunRecord) -> str:
    counts = record.summary.positions
    sides = {"long": 0, "short": 0}
    for row in record.positions:
        sides[row.side] += row.outcome == "liquidated"
    named = " and ".join(
        _things(number, side) for side, number in sides.items() if number or not counts.liquidated
    )
    said = (
        f"Of {_things(counts.opened, 'position')} {counts.liquidated:,} "
        f"{'was' if counts.liquidated == 1 else 'were'} liquidated"
    )
    said += f" ({named})" if counts.liquidated else " in full"
    partial = record.summary.liquidations.count - counts.liquidated
    return f"{said}, with {_things(partial, 'partial liquidation')} besides." if partial else f"{said}."


def _loss_sentence(record: RunRecord) -> str:
    token = record.run.token_symbol
    bankrupt = record.summary.positions.bankrupt
    left = _money(record.summary.bad_debt, 18, token)
    said = f"{_things(bankrupt, 'position')} left {left} of bad debt behind"
    covered = _insurance_paid(record)
    if covered is not None:
        rest = record.summary.bad_debt - covered * 10 ** (18 - record.run.token_decimals)
        paid = _money(covered, record.run.token_decimals, token)
        is_whole = rest < 10 ** (18 - record.run.token_decimals)
        borne = f"{paid}, the pool bore {_money(rest, 18, token)}" if not is_whole else "all of it"
        said += f": the insurance fund paid {borne}"
    worst = max(record.positions, key=lambda row: row.bad_debt, default=None)
    if worst is not None and worst.bad_debt:
        said += f". The largest part, {_money(worst.bad_debt, 18, token)}, is {worst.actor}'s"
    return f"{said}."


def _books_sentence(record: RunRecord) -> str:
    checks = record.summary.invariants
    if not checks.checked:
        return "The books were not checked."
    if checks.violations:
        broken = {row.invariant for row in record.checks if row.violations}
        named = ", ".join(sorted(broken, key=lambda name: (len(name), name)))
        return (
            f"{_things(len(broken), 'invariant')} broke ({named}),"
            f" {_things(checks.violations, 'time')} in {checks.checked:,} checks."
        )
    return f"The books balanced in all {checks.checked:,} checks."


def _insurance_paid(record: RunRecord) -> int | None:
    """What the fund paid of bad debt, token units; None if the record lacks the events."""
    paid = [
        int(json.loads(row.arguments)["insurance_paid"])
        for row in record.events
        if row.contract == "market" and row.event == "BadDebt"
    ]
    return sum(paid) if paid else None


def _position_tiles(record: RunRecord) -> list[Tile]:
    summary = record.summary
    counts = summary.positions
    deleveraged = f", {counts.deleveraged:,} deleveraged" if counts.deleveraged else ""
    return [
        Tile(
            "Positions opened",
            count(counts.opened),
            f"{counts.closed:,} closed{deleveraged}, {counts.open_at_end:,} still open",
        ),
        Tile(
            "Liquidated",
            count(counts.liquidated),
            f"{percent(counts.liquidated, counts.opened) or '0%'} of positions,"
            f" in {summary.liquidations.count:,} liquidations",
        ),
        Tile(
            "Bankrupt",
            count(counts.bankrupt),
            "lost more than their margin" if counts.bankrupt else "every margin paid its loss",
            "bad" if counts.bankrupt else "good",
        ),
    ]


def _money_tiles(record: RunRecord) -> list[Tile]:
    summary, decimals, token = record.summary, record.run.token_decimals, record.run.token_symbol
    pool, keeper = summary.pool, summary.keeper
    gain = percent(pool.pnl, pool.deposited, signed=True)
    deposited = headline(pool.deposited, decimals).text
    rewards, gas = headline(keeper.rewards, decimals).text, headline(keeper.gas_cost, decimals).text
    return [
        Tile(
            "Bad debt",
            headline(summary.bad_debt, 18, token),
            "losses no margin paid" if summary.bad_debt else "no loss was left unpaid",
            "bad" if summary.bad_debt else "good",
        ),
        Tile("Insurance fund", headline(summary.insurance_fund, decimals, token), _fund_note(record)),
        Tile(
            "Pool result",
            headline(pool.pnl, decimals, token, signed=True),
            f"{gain} of {deposited} deposited" if gain else "nothing deposited",
            "bad" if pool.pnl < 0 else "plain",
        ),
        Tile(
            "Keeper profit",
            headline(keeper.profit, decimals, token, signed=True),
            f"{rewards} rewards less {gas} gas",
            "bad" if keeper.profit < 0 else "plain",
        ),
    ]


def _fund_note(record: RunRecord) -> str:
    if not record.blocks:
        return "at the end of the run"
    first = record.blocks[0].insurance_fund
    moved = headline(record.summary.insurance_fund - first, record.run.token_decimals, signed=True)
    return f"at the end of the run; {moved.text} since its start"


def _invariant_tile(record: RunRecord) -> Tile:
    checks = record.summary.invariants
    return Tile(
        "Invariants broken",
        count(checks.violations),
        f"in {checks.checked:,} checks" if checks.checked else "none was checked",
        "bad" if checks.violations else "good" if checks.checked else "plain",
    )


def _money(value: int, decimals: int, token: str) -> str:
    shown = headline(value, decimals, token)
    return f"{shown.text} {token}".rstrip()


def _things(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
