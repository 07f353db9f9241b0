"""The tables of the page beside the plots: positions, keepers, invariants, parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isomargin.record import PositionRow, RunRecord
from isomargin.report.amounts import Amount, amount, count, price_digits, utc
from isomargin.report.results import position_results

__all__ = [
    "SHOWN_POSITIONS",
    "InvariantLine",
    "KeeperLine",
    "PositionLine",
    "invariants",
    "keepers",
    "missed",
    "parameters",
    "positions",
    "shown_positions",
]

SHOWN_POSITIONS = 1000
"""Rows of the table of positions: with their lives a third of the page, and more than anybody reads."""

_SHOWN_PARAMETERS = 300
_SHOWN_TEXT = 1500  # letters of one value


@dataclass(frozen=True)
class PositionLine:
    """A row of the table of positions; amounts that do not exist (yet) are None."""

    id: int
    actor: str
    owner: str
    side: str
    outcome: str
    bankrupt: bool
    leverage: Amount
    notional: Amount
    margin: Amount
    entry_price: Amount
    liquidation_price: Amount | None
    exit_price: Amount | None
    ended: str
    ended_at: int
    bad_debt: Amount
    payout: Amount
    result: Amount | None


@dataclass(frozen=True)
class KeeperLine:
    """A keeper with everything it did in the run."""

    keeper: str
    profit: Amount
    won: Amount
    lost: Amount
    rewards: Amount
    gas_cost: Amount
    wasted_gas_cost: Amount
    transactions: Amount
    failed: Amount
    gas_used: Amount


@dataclass(frozen=True)
class InvariantLine:
    """An invariant with all its checks; `message` is the first violation and its block."""

    invariant: str
    sentence: str
    checked: Amount
    violations: int
    message: str


def shown_positions(record: RunRecord, limit: int = SHOWN_POSITIONS) -> list[PositionRow]:
    """The positions of the table, largest notional at the opening first.

    Of more than `limit` those with bad debt stay before others, and the largest before the smaller.
    """
    kept = sorted(record.positions, key=lambda row: (-row.bad_debt, -row.notional, row.id))[:limit]
    return sorted(kept, key=lambda row: (-row.notional, row.id))


def positions(record: RunRecord, limit: int = SHOWN_POSITIONS) -> list[PositionLine]:
    """The lines of `shown_positions`."""
    shown = shown_positions(record, limit)
    digits = price_digits(min((row.entry_price for row in shown), default=0))
    results = position_results(record)
    return [_position(row, record.run.token_decimals, digits, results.get(row.id)) for row in shown]


def _position(row: PositionRow, decimals: int, digits: int, result: int | None) -> PositionLine:
    def price(value: int | None) -> Amount | None:
        return None if value is None or value == 0 else amount(value, 18, digits=digits)

    return PositionLine(
        id=row.id,
        actor=row.actor,
        owner=row.owner,
        side=row.side,
        outcome=row.outcome,
        bankrupt=row.bankrupt,
        leverage=_leverage(row.leverage),
        notional=amount(row.notional, 18),
        margin=amount(row.margin, decimals),
        entry_price=amount(row.entry_price, 18, digits=digits),
        liquidation_price=price(row.liquidation_price_at_open),
        exit_price=price(row.exit_price),
        ended="" if row.closed_at is None else utc(row.closed_at, year=False),
        ended_at=row.closed_at or 0,
        bad_debt=amount(row.bad_debt, 18),
        payout=amount(row.payout, decimals),
        result=None if result is None else amount(result, 18, signed=True),
    )


def _leverage(leverage: str) -> Amount:
    """Leverage is text in the record, exact to its last digit; here one digit behind the point will do."""
    whole, _, fraction = leverage.partition(".")
    shortened = f"{whole}.{fraction[:1]}" if fraction[:1].strip("0") else whole
    return Amount(f"{shortened}\u00d7", leverage)


def keepers(record: RunRecord) -> list[KeeperLine]:
    """The keepers, highest profit first."""
    decimals = record.run.token_decimals
    return [
        KeeperLine(
            keeper=rank.name,
            profit=amount(rank.profit, decimals, signed=True),
            won=count(rank.won),
            lost=count(rank.lost),
            rewards=amount(rank.rewards, decimals),
            gas_cost=amount(rank.gas_cost, decimals),
            wasted_gas_cost=amount(rank.wasted_gas_cost, decimals),
            transactions=count(rank.transactions),
            failed=count(rank.failed),
            gas_used=Amount("not counted", "") if rank.gas_used is None else count(rank.gas_used),
        )
        for rank in record.summary.keepers
    ]


def missed(record: RunRecord) -> str:
    """In words, what no keeper took, and how long what they took had waited."""
    summary = record.summary
    left = summary.missed
    said = f"{left:,} position{'' if left == 1 else 's'}" if left else "No position"
    said += f" stood below maintenance at the end{', taken by nobody' if left else ''}."
    if summary.waited.most is None:
        return said
    median, most = summary.waited.median, summary.waited.most
    blocks = "block" if median == 1 else "blocks"
    return f"{said} Those liquidated had waited {median:,} {blocks} in the median, {most:,} at most."


def invariants(record: RunRecord, sentences: Mapping[str, str] | None = None) -> list[InvariantLine]:
    """The invariants by number, with all their checks added up; what they say is in `sentences`, by id."""
    checked: dict[str, int] = {}
    violations: dict[str, int] = {}
    messages: dict[str, str] = {}
    for row in record.checks:
        checked[row.invariant] = checked.get(row.invariant, 0) + row.checked
        violations[row.invariant] = violations.get(row.invariant, 0) + row.violations
        if row.violations:
            messages.setdefault(row.invariant, f"block {row.block}: {row.message}")
    by_number = sorted(checked, key=lambda name: (len(name), name))
    return [
        InvariantLine(
            name,
            (sentences or {}).get(name, ""),
            count(checked[name]),
            violations[name],
            messages.get(name, ""),
        )
        for name in by_number
    ]


def parameters(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Nested parameters as (path, text), for example ``("market.skew_scale", "1000000")``.

    Long lists and long values are cut; the whole is in ``run.json``.
    """
    flat = list(_flattened("", values))
    shown = [(path, _cut(text)) for path, text in flat[:_SHOWN_PARAMETERS]]
    if len(flat) > len(shown):
        shown.append(("...", f"{len(flat) - len(shown):,} more in run.json"))
    return shown


def _flattened(path: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        items = [(f"{path}.{key}" if path else str(key), inner) for key, inner in value.items()]
        return [line for inner_path, inner in items for line in _flattened(inner_path, inner)]
    if isinstance(value, list | tuple):
        if any(isinstance(item, Mapping | list | tuple) for item in value):
            pairs = [(f"{path}[{place}]", inner) for place, inner in enumerate(value)]
            return [line for inner_path, inner in pairs for line in _flattened(inner_path, inner)]
        return [(path, ", ".join(_scalar(item) for item in value))]
    return [(path, _scalar(value))]


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_TEXT else f"{text[:_SHOWN_TEXT]} ... (cut, the whole is in run.json)"
