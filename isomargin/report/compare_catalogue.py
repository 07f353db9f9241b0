"""The figures by which runs are compared, the most important first: what each is called, counts and means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from isomargin.record import BlockRow, PositionRow, RunRecord

__all__ = ["FIGURES", "Figure"]


@dataclass(frozen=True)
class Figure:
    """A figure that every run has.

    Attributes
    ----------
    key, label : str
        Its name for programs and for people.
    scale : str
        A plain "count"; money in "quote" (WAD) or in "token" units; a "price" (WAD).
    better : str
        Whether "more" or "less" of it is good news; empty if neither is.
    of : callable
        From a record to the figure; None where a run does not have it.
    """

    key: str
    label: str
    scale: Literal["count", "quote", "token", "price"]
    better: Literal["more", "less", ""]
    of: Callable[[RunRecord], int | None]


def _liquidated_notional(run: RunRecord) -> int:
    return run.summary.liquidations.notional


def _least(amount: Callable[[BlockRow], int]) -> Callable[[RunRecord], int | None]:
    return lambda run: min(map(amount, run.blocks), default=None)


def _total(amount: Callable[[PositionRow], int]) -> Callable[[RunRecord], int | None]:
    return lambda run: sum(map(amount, run.positions))


def _price(chosen: Callable[[list[int]], int]) -> Callable[[RunRecord], int | None]:
    def of(run: RunRecord) -> int | None:
        prices = [block.price for block in run.blocks if block.price]
        return chosen(prices) if prices else None

    return of


_OUTCOMES = (
    Figure("violations", "Invariants broken", "count", "less", lambda run: run.summary.invariants.violations),
    Figure("bad_debt", "Bad debt", "quote", "less", lambda run: run.summary.bad_debt),
    Figure("bankrupt", "Bankrupt", "count", "less", lambda run: run.summary.positions.bankrupt),
    Figure("liquidated", "Liquidated", "count", "less", lambda run: run.summary.positions.liquidated),
    Figure("deleveraged", "Deleveraged", "count", "less", lambda run: run.summary.positions.deleveraged),
    Figure("missed", "Below maintenance at the end", "count", "less", lambda run: run.summary.missed),
    Figure("insurance_end", "Insurance fund", "token", "more", lambda run: run.summary.insurance_fund),
    Figure("insurance_low", "Insurance fund, lowest", "token", "more", _least(lambda at: at.insurance_fund)),
    Figure("pool_pnl", "Pool result", "token", "more", lambda run: run.summary.pool.pnl),
    Figure("pool_low", "Pool assets, lowest", "token", "more", _least(lambda at: at.pool_assets)),
    Figure("liquidations", "Liquidations", "count", "less", lambda run: run.summary.liquidations.count),
    Figure("liquidated_notional", "Liquidated notional", "quote", "less", _liquidated_notional),
    Figure("closed", "Closed by their owners", "count", "", lambda run: run.summary.positions.closed),
    Figure("open_at_end", "Open at the end", "count", "", lambda run: run.summary.positions.open_at_end),
)  # fmt: skip
_PEOPLE = (
    Figure("opened", "Positions opened", "count", "", lambda run: run.summary.positions.opened),
    Figure("margin", "Margin put up", "token", "", _total(lambda row: row.margin)),
    Figure("notional", "Notional opened", "quote", "", _total(lambda row: row.notional)),
    Figure("fees", "Trading fees", "quote", "", _total(lambda row: row.fees)),
    Figure("penalties", "Liquidation penalties", "token", "less", _total(lambda row: row.penalty)),
    Figure("payouts", "Paid out to traders", "token", "", _total(lambda row: row.payout)),
    Figure("keeper_profit", "Keeper profit", "token", "", lambda run: run.summary.keeper.profit),
    Figure("keeper_rewards", "Keeper rewards", "token", "", lambda run: run.summary.keeper.rewards),
    Figure("keeper_gas_cost", "Keepers' gas cost", "token", "", lambda run: run.summary.keeper.gas_cost),
    Figure("keeper_gas_used", "Keepers' gas", "count", "", lambda run: run.summary.keeper.gas_used),
    Figure("waited_median", "Blocks waited, median", "count", "less", lambda run: run.summary.waited.median),
    Figure("waited_most", "Blocks waited, most", "count", "less", lambda run: run.summary.waited.most),
)
_SCALE = (
    Figure("price_first", "First price", "price", "", _price(lambda prices: prices[0])),
    Figure("price_low", "Lowest price", "price", "", _price(min)),
    Figure("price_high", "Highest price", "price", "", _price(max)),
    Figure("price_last", "Last price", "price", "", _price(lambda prices: prices[-1])),
    Figure("blocks", "Blocks", "count", "", lambda run: run.summary.blocks),
    Figure("transactions", "Transactions", "count", "", lambda run: run.summary.transactions),
    Figure("checks", "Checks of invariants", "count", "", lambda run: run.summary.invariants.checked),
)
FIGURES: tuple[Figure, ...] = (*_OUTCOMES, *_PEOPLE, *_SCALE)
