"""Who gained and who lost: the result of each position, and of all sides of the market together."""

from __future__ import annotations

import json
from dataclasses import dataclass

from isomargin.record import RunRecord

__all__ = ["SideResult", "position_results", "side_results"]

_WAD_DIGITS = 18


@dataclass(frozen=True)
class SideResult:
    """What one side of the market gained, WAD quote; below zero it lost."""

    name: str
    result: int
    note: str


def position_results(record: RunRecord) -> dict[int, int]:
    """What each position brought its owner, WAD quote, by id; none if the record lacks the events.

    That is all that was paid out, and the equity of those still open, less all that was paid in: margin,
    keeper reserve and fee at the opening, and margin added. An open position's reserve is its owner's.
    """
    scale = 10 ** (_WAD_DIGITS - record.run.token_decimals)
    paid_in: dict[int, int] = {}
    reserves: dict[int, int] = {}
    for row in record.events:
        if row.contract == "market" and row.event in ("PositionOpened", "MarginAdded"):
            args = json.loads(row.arguments)
            position = int(args["id"])
            if row.event == "PositionOpened":
                reserves[position] = int(args["keeper_reserve"])
                fee = -(-int(args["fee"]) // scale)
                paid_in[position] = int(args["margin"]) + reserves[position] + fee
            else:
                paid_in[position] = paid_in.get(position, 0) + int(args["amount"])
    held = {
        row.position: row.equity + reserves.get(row.position, 0) * scale
        for row in record.liquidation_prices
        if row.moment == "end"
    }
    return {
        row.id: (row.payout - paid_in[row.id]) * scale + held.get(row.id, 0)
        for row in record.positions
        if row.id in paid_in and (row.outcome != "open" or row.id in held)
    }


def side_results(record: RunRecord, results: dict[int, int]) -> list[SideResult]:
    """Longs, shorts, pool, insurance fund and keepers; traders as a body where `results` are not known.

    Parameters
    ----------
    record : RunRecord
    results : dict of int to int
        Of `position_results`.
    """
    if not record.blocks:
        return []
    scale = 10 ** (_WAD_DIGITS - record.run.token_decimals)
    summary = record.summary
    fund = (summary.insurance_fund - record.blocks[0].insurance_fund) * scale
    pool, rewards = summary.pool.pnl * scale, summary.keeper.rewards * scale
    others = [
        SideResult("Liquidity pool", pool, "assets at the end less deposits"),
        SideResult("Insurance fund", fund, "balance at the end less that of the first block"),
        SideResult("Keepers", rewards, "rewards, before they paid for gas"),
    ]
    if len(results) < len(record.positions):
        body = -(pool + fund + rewards)
        return [SideResult("Traders", body, "all that pool, fund and keepers lost or gained"), *others]
    sides = {"long": 0, "short": 0}
    counts = {"long": 0, "short": 0}
    for row in record.positions:
        sides[row.side] += results[row.id]
        counts[row.side] += 1
    return [
        SideResult("Longs", sides["long"], f"{counts['long']:,} positions, what is open at its equity"),
        SideResult("Shorts", sides["short"], f"{counts['short']:,} positions, what is open at its equity"),
        *others,
    ]
