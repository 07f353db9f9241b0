"""Trigger-order keepers: they execute what a price has made due, for the fees that owners put aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from isomargin.agents import ExecuteOrders
from isomargin.book import Book
from isomargin.keepers.bot import Prospect, RewardedBot
from isomargin.keepers.view import DueOrder, KeeperView
from isomargin.model import OrderKind, TriggerOrder
from isomargin.protocol import MarketState, SystemTerms

__all__ = ["ORDER_BATCH_GAS", "ORDER_OPENING_GAS", "ORDER_REDUCING_GAS", "TriggerOrderKeeper", "orders_due"]

ORDER_BATCH_GAS = 95_000
"""What a keeper reckons for a batch besides its orders, a little rounded up."""

ORDER_OPENING_GAS = 245_000
"""What it reckons for a limit order."""

ORDER_REDUCING_GAS = 85_000
"""What it reckons for a stop-loss or a take-profit; one that only has to be ended takes less."""


@dataclass
class TriggerOrderKeeper(RewardedBot):
    """A bot that executes orders whose fee pays for the gas that they add, the best paid first."""

    overhead_gas: ClassVar[int] = ORDER_BATCH_GAS

    def _prospects(self, view: KeeperView) -> dict[int, Prospect]:
        return {order: Prospect(due.fee, due.gas) for order, due in view.due.orders.items()}

    def _sent(self, view: KeeperView) -> frozenset[int]:
        return view.orders_on_the_way

    def _action(self, batch: tuple[int, ...]) -> ExecuteOrders:
        return ExecuteOrders(batch)


def orders_due(book: Book, terms: SystemTerms, state: MarketState, now: int) -> dict[int, DueOrder]:
    """Find the orders that can be executed or ended.

    Whether the market will agree is not asked: an order that it refuses ends, and pays its fee all the same.

    Parameters
    ----------
    book : Book
        Open orders and positions, by events.
    terms : SystemTerms
        What the market was deployed with.
    state : MarketState
        Price as the newest block left it.
    now : int
        Of the newest block, unix seconds.

    Returns
    -------
    dict of int to DueOrder
        By order id, rising.
    """
    return {
        order_id: DueOrder(
            fee=order.fee * terms.token_scale,
            gas=ORDER_OPENING_GAS if order.kind is OrderKind.LIMIT else ORDER_REDUCING_GAS,
        )
        for order_id, order in sorted(book.orders.items())
        if _has_lapsed(order, book, now) or _is_due(order, book, state)
    }


def _has_lapsed(order: TriggerOrder, book: Book, now: int) -> bool:
    is_gone = order.kind is not OrderKind.LIMIT and order.position_id not in book.positions
    return is_gone or now > order.deadline


def _is_due(order: TriggerOrder, book: Book, state: MarketState) -> bool:
    if state.price_reason or book.round_id <= order.placed_round or not order.is_triggered(state.price):
        return False
    return order.kind is not OrderKind.LIMIT or not book.opening_paused
