"""How a bot bids and how long it waits, by a word; and the keepers of the simulation that do the thinking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from isomargin.keepers import DeleveragingKeeper, LiquidationKeeper, MarginCallKeeper, TriggerOrderKeeper
from isomargin.units import WAD

__all__ = ["STRATEGIES", "Brain", "Kind", "Strategy", "StrategyName", "brain_of"]

Kind = Literal["liquidation", "margin-call", "trigger-orders", "deleverage"]
"""What a bot does for the market."""

Brain = LiquidationKeeper | MarginCallKeeper | TriggerOrderKeeper | DeleveragingKeeper
"""The same keepers that play in a simulation."""


StrategyName = Literal["patient", "aggressive"]
"""How a bot bids, in a word."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """How to be quicker than others, or cheaper.

    Attributes
    ----------
    gas_bid : int
        The bid as a multiple of the going gas price, WAD.
    patience : int
        Blocks that a transaction waits before it is replaced at an eighth more.
    """

    gas_bid: int
    patience: int


STRATEGIES: dict[StrategyName, Strategy] = {
    "patient": Strategy(gas_bid=WAD, patience=3),
    "aggressive": Strategy(gas_bid=3 * WAD // 2, patience=1),
}
"""By name."""


def brain_of(
    kind: Kind, name: str, account: str, *, strategy: Strategy, batch_size: int, min_profit: int
) -> Brain:
    """Make the keeper that decides.

    Parameters
    ----------
    batch_size : int
        Entries a transaction; or transactions at once, for kinds that have one entry each.
    min_profit : int
        WAD quote a batch; not looked at for work without a reward.
    """
    usual = (name, account, batch_size, strategy.gas_bid, 0)
    match kind:
        case "liquidation":
            return LiquidationKeeper(*usual, min_profit=min_profit)
        case "trigger-orders":
            return TriggerOrderKeeper(*usual, min_profit=min_profit)
        case "margin-call":
            return MarginCallKeeper(*usual)
        case "deleverage":
            return DeleveragingKeeper(*usual)
