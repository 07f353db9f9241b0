"""Keepers: bots that read the book, weigh what pays or what is due, and propose; the block disposes."""

from isomargin.keepers.liquidation import BATCH_GAS, LIQUIDATION_GAS, LiquidationKeeper, rewards_due
from isomargin.keepers.margin_calls import MarginCallKeeper, calls_due
from isomargin.keepers.view import Bid, Keeper, KeeperView

__all__ = [
    "BATCH_GAS",
    "LIQUIDATION_GAS",
    "Bid",
    "Keeper",
    "KeeperView",
    "LiquidationKeeper",
    "MarginCallKeeper",
    "calls_due",
    "rewards_due",
]
