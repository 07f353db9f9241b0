"""Keepers: bots that read the book, weigh what pays or what is due, and propose; the block disposes."""

from isomargin.keepers.bidding import Bidding, EscalatingBid, FixedBid, Offer, ProfitShareBid
from isomargin.keepers.bot import Bot, Prospect, RewardedBot
from isomargin.keepers.deleveraging import DeleveragingKeeper, winners_due
from isomargin.keepers.due import BookDue
from isomargin.keepers.liquidation import BATCH_GAS, LIQUIDATION_GAS, LiquidationKeeper, rewards_due
from isomargin.keepers.margin_calls import MarginCallKeeper, calls_due
from isomargin.keepers.transactions import KeeperAction, transaction_for
from isomargin.keepers.trigger_orders import (
    ORDER_BATCH_GAS,
    ORDER_OPENING_GAS,
    ORDER_REDUCING_GAS,
    TriggerOrderKeeper,
    orders_due,
)
from isomargin.keepers.view import Bid, Due, DueOrder, Keeper, KeeperView, KnownDue

__all__ = [
    "BATCH_GAS",
    "LIQUIDATION_GAS",
    "ORDER_BATCH_GAS",
    "ORDER_OPENING_GAS",
    "ORDER_REDUCING_GAS",
    "Bid",
    "Bidding",
    "BookDue",
    "Bot",
    "DeleveragingKeeper",
    "Due",
    "DueOrder",
    "EscalatingBid",
    "FixedBid",
    "Keeper",
    "KeeperAction",
    "KeeperView",
    "KnownDue",
    "LiquidationKeeper",
    "MarginCallKeeper",
    "Offer",
    "ProfitShareBid",
    "Prospect",
    "RewardedBot",
    "TriggerOrderKeeper",
    "calls_due",
    "orders_due",
    "rewards_due",
    "transaction_for",
    "winners_due",
]
