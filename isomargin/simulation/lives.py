"""The life of each position, told by its events: from the opening to the row of the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from isomargin.model import RiskTable
from isomargin.record import Outcome, PositionRow
from isomargin.units import WAD

__all__ = ["PositionLives"]


@dataclass
class _Life:
    """What has happened to one position so far; money as in `PositionRow`."""

    opening: Mapping[str, Any]
    block: int
    timestamp: int
    multiplier: int
    due_since: int | None = None  # the first of the blocks in a row that left it below maintenance
    waited: int | None = None
    closed_block: int | None = None
    closed_at: int | None = None
    exit_price: int | None = None
    outcome: Outcome = "open"
    partial_liquidations: int = 0
    penalty: int = 0
    keeper_reward: int = 0
    bad_debt: int = 0
    payout: int = 0
    fees: int = 0
    funding: int = 0

    def end(self, outcome: Outcome, price: int, block: int, timestamp: int) -> None:
        """Close the book on it."""
        self.outcome, self.exit_price = outcome, price
        self.closed_block, self.closed_at = block, timestamp


class PositionLives:
    """Collects the lives of all positions.

    Parameters
    ----------
    risk : RiskTable
        For the liquidation price at the opening, at the multiplier told with it.
    token_scale : int
        WAD per token unit.
    """

    def __init__(self, risk: RiskTable, token_scale: int) -> None:
        self._risk = risk
        self._token_scale = token_scale
        self._lives: dict[int, _Life] = {}
        self._due: set[int] = set()

    def tell(
        self, event: str, args: Mapping[str, Any], block: int, timestamp: int, multiplier: int = WAD
    ) -> None:
        """Add one event of the market to the life of the position that it names, if it names one.

        `multiplier` is that of maintenance at the time, WAD.
        """
        match event:
            case "PositionOpened":
                life = _Life(dict(args), block, timestamp, multiplier, fees=args["fee"])
                self._lives[args["id"]] = life
            case "PositionModified":
                life = self._lives[args["id"]]
                life.fees += args["fee"]
                life.funding += args["funding"]
            case "PositionClosed":
                life = self._lives[args["id"]]
                life.fees += args["fee"]
                life.funding += args["funding"]
                life.payout += args["payout"]
                life.end("closed", args["fill_price"], block, timestamp)
            case "PositionDeleveraged":
                life = self._lives[args["id"]]
                life.funding += args["funding"]
                life.payout += args["payout"]
                life.end("deleveraged", args["price"], block, timestamp)
            case "PositionLiquidated":
                life = self._lives[args["id"]]
                waited = 0 if life.due_since is None else block - life.due_since
                life.waited = max(waited, life.waited or 0)
                self._tell_liquidation(life, args, block, timestamp)
            case "BadDebt":
                self._lives[args["id"]].bad_debt += args["amount"]
            case "MarginWithdrawn":
                self._lives[args["id"]].payout += args["amount"]
            case "Claimed":
                self._lives[args["id"]].payout += args["amount"]

    def tell_due(self, positions: Iterable[int], block: int) -> None:
        """Say which positions a block left below maintenance, after all its events."""
        due = set(positions)
        for position in self._due - due:
            self._lives[position].due_since = None
        for position in due - self._due:
            self._lives[position].due_since = block
        self._due = due

    def rows(self, actor_of: Callable[[str], str]) -> list[PositionRow]:
        """Tell all lives, oldest position first; `actor_of` names an account."""
        return [self._row(life, actor_of) for _, life in sorted(self._lives.items())]

    @staticmethod
    def _tell_liquidation(life: _Life, args: Mapping[str, Any], block: int, timestamp: int) -> None:
        life.funding += args["funding"]
        life.penalty += args["penalty"]
        life.keeper_reward += args["reward"]
        life.payout += args["payout"]
        if args["size"] == 0:
            life.end("liquidated", args["price"], block, timestamp)
        else:
            life.partial_liquidations += 1

    def _row(self, life: _Life, actor_of: Callable[[str], str]) -> PositionRow:
        opening = life.opening
        size, cost, margin = opening["size"], opening["cost"], opening["margin"]
        held = margin * self._token_scale
        return PositionRow(
            id=opening["id"],
            owner=opening["owner"],
            actor=actor_of(opening["owner"]),
            side="long" if size > 0 else "short",
            opened_block=life.block,
            opened_at=life.timestamp,
            entry_price=opening["fill_price"],
            size=size,
            notional=abs(cost),
            leverage=f"{Decimal(abs(cost)) / Decimal(held):.2f}",
            margin=margin,
            liquidation_price_at_open=self._risk.liquidation_price(size, held - cost, life.multiplier),
            closed_block=life.closed_block,
            closed_at=life.closed_at,
            exit_price=life.exit_price,
            outcome=life.outcome,
            bankrupt=life.bad_debt > 0,
            partial_liquidations=life.partial_liquidations,
            penalty=life.penalty,
            keeper_reward=life.keeper_reward,
            bad_debt=life.bad_debt,
            payout=life.payout,
            fees=life.fees,
            funding=life.funding,
            waited=life.waited,
        )
