"""How a bot bids and how long it waits, by a word; and the keepers of the simulation that do the thinking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isomargin.bot.choices import Kind, StrategyName
from isomargin.keepers import (
    Bidding,
    DeleveragingKeeper,
    EscalatingBid,
    FixedBid,
    LiquidationKeeper,
    MarginCallKeeper,
    ProfitShareBid,
    TriggerOrderKeeper,
)
from isomargin.units import WAD

__all__ = ["STRATEGIES", "Brain", "Strategy", "brain_of"]

Brain = LiquidationKeeper | MarginCallKeeper | TriggerOrderKeeper | DeleveragingKeeper
"""The same keepers that play in a simulation."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """How to be quicker than others, or cheaper.

    Attributes
    ----------
    bidding : Bidding
        What is paid for a batch, from the usual price on; not for work without a reward.
    gas_bid : int
        The usual price as a multiple of the going one, WAD.
    patience : int
        Blocks that a transaction waits before it is replaced at an eighth more.
    """

    bidding: Bidding
    gas_bid: int
    patience: int


STRATEGIES: dict[StrategyName, Strategy] = {
    "patient": Strategy(FixedBid(), gas_bid=WAD, patience=3),
    "aggressive": Strategy(EscalatingBid(5 * WAD // 4), gas_bid=5 * WAD // 4, patience=1),
    "profit-share": Strategy(ProfitShareBid(WAD // 2), gas_bid=WAD, patience=1),
}
"""By name."""


def brain_of(
    kind: Kind,
    name: str,
    account: str,
    *,
    strategy: Strategy,
    batch_size: int,
    min_profit: int = 0,
    max_gas_price: int | None = None,
) -> Brain:
    """Make the keeper that decides.

    Parameters
    ----------
    batch_size : int
        Entries a transaction; or transactions at once, for kinds that have one entry each.
    min_profit : int
        WAD quote a batch; not looked at for work without a reward.
    max_gas_price : int, optional
        The most that it pays, wei for a unit of gas.
    """
    usual: dict[str, Any] = {
        "name": name,
        "account": account,
        "batch_size": batch_size,
        "gas_bid": strategy.gas_bid,
        "latency": 0,
        "max_gas_price": max_gas_price,
    }
    gains: dict[str, Any] = {"min_profit": min_profit, "bidding": strategy.bidding}
    match kind:
        case "liquidation":
            return LiquidationKeeper(**usual, **gains)
        case "trigger-orders":
            return TriggerOrderKeeper(**usual, **gains)
        case "margin-call":
            return MarginCallKeeper(**usual)
        case "deleverage":
            return DeleveragingKeeper(**usual)
