"""The race of the keepers as a table: who won what, who came too late, and what was left of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any

from isomargin.record.rows import KeeperRow, PositionRow
from isomargin.units import from_units

__all__ = ["KeeperRank", "WaitResult", "rank_keepers", "total_gas", "wait_of"]


@dataclass(frozen=True)
class KeeperRank:
    """Everything that one keeper did in a run.

    Attributes
    ----------
    name : str
    won, lost : int
        Positions and orders of its transactions that took effect; those that were gone or sound.
    transactions, failed : int
        Mined; of those, reverted.
    gas_used, wasted_gas : int or None
        In all, and in transactions that won nothing; None where the engine counts none.
    gas_cost, wasted_gas_cost, rewards, profit : int
        Token units; `profit` is `rewards` less `gas_cost`, of which `wasted_gas_cost` is a part.
    """

    name: str
    won: int
    lost: int
    transactions: int
    failed: int
    gas_used: int | None
    gas_cost: int
    wasted_gas: int | None
    wasted_gas_cost: int
    rewards: int
    profit: int

    def as_object(self, token_decimals: int) -> dict[str, Any]:
        """For JSON; money as exact decimal text."""
        money = ("gas_cost", "wasted_gas_cost", "rewards", "profit")
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            name: from_units(value, token_decimals) if name in money else value
            for name, value in values.items()
        }


@dataclass(frozen=True)
class WaitResult:
    """Blocks from the first at whose end a position was below maintenance to its liquidation.

    The lower median and the longest of all positions that were liquidated; None if none was.
    """

    median: int | None
    most: int | None


def rank_keepers(rows: Iterable[KeeperRow], names: Iterable[str] = ()) -> tuple[KeeperRank, ...]:
    """Rank keepers by profit, by name where it is equal.

    Parameters
    ----------
    rows : iterable of KeeperRow
        What they did, block by block.
    names : iterable of str
        Keepers who are to be in the ranking whether they did something or not.
    """
    of_each: dict[str, list[KeeperRow]] = {name: [] for name in names}
    for row in rows:
        of_each.setdefault(row.keeper, []).append(row)
    ranks = [_rank(name, mine) for name, mine in of_each.items()]
    return tuple(sorted(ranks, key=lambda rank: (-rank.profit, rank.name)))


def wait_of(positions: Iterable[PositionRow]) -> WaitResult:
    """How long positions waited for their liquidation."""
    waits = [row.waited for row in positions if row.waited is not None]
    return WaitResult(median_low(waits), max(waits)) if waits else WaitResult(None, None)


def total_gas(amounts: Iterable[int | None]) -> int | None:
    """The sum; None as soon as one was not counted."""
    total = 0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _rank(name: str, rows: Sequence[KeeperRow]) -> KeeperRank:
    rewards, gas_cost = sum(row.rewards for row in rows), sum(row.gas_cost for row in rows)
    return KeeperRank(
        name=name,
        won=sum(row.won for row in rows),
        lost=sum(row.lost for row in rows),
        transactions=sum(row.transactions for row in rows),
        failed=sum(row.failed for row in rows),
        gas_used=total_gas(row.gas_used for row in rows),
        gas_cost=gas_cost,
        wasted_gas=total_gas(row.wasted_gas for row in rows),
        wasted_gas_cost=sum(row.wasted_gas_cost for row in rows),
        rewards=rewards,
        profit=rewards - gas_cost,
    )
