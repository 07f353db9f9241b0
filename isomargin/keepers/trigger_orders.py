"""Trigger-order keepers: they execute what a price has made due, for the fees that owners put aside."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.agents import ExecuteOrders
from isomargin.book import Book
from isomargin.keepers.view import Bid, DueOrder, KeeperView
from isomargin.model import OrderKind, TriggerOrder
from isomargin.protocol import MarketState, SystemTerms
from isomargin.units import WAD

__all__ = ["ORDER_BATCH_GAS", "ORDER_OPENING_GAS", "ORDER_REDUCING_GAS", "TriggerOrderKeeper", "orders_due"]

ORDER_BATCH_GAS = 95_000
"""What a keeper reckons for a batch besides its orders, a little rounded up."""

ORDER_OPENING_GAS = 245_000
"""What it reckons for a limit order."""

ORDER_REDUCING_GAS = 85_000
"""What it reckons for a stop-loss or a take-profit; one that only has to be ended takes less."""


@dataclass
class TriggerOrderKeeper:
    """A bot that executes orders that pay.

    Attributes
    ----------
    name, account : str
        As people call it, and what sends its transactions.
    batch_size : int
        Orders a transaction.
    min_profit : int
        Least fees above the gas cost that a batch must bring, WAD quote.
    gas_bid : int
        What it pays, as a multiple of the going gas price, WAD.
    latency : int
        Blocks that its transactions come late; it never proposes an order that is still on the way.
    """

    name: str
    account: str
    batch_size: int
    min_profit: int
    gas_bid: int
    latency: int

    def act(self, view: KeeperView) -> list[Bid]:
        """Propose batches, the best paid orders first.

        An order joins a batch when its fee pays for the gas that it adds; a batch is sent when the fees
        together exceed its gas by `min_profit`.
        """
        gas_price = view.gas_price * self.gas_bid // WAD
        gains = {
            order: due.fee - view.gas_cost(due.gas * gas_price)
            for order, due in view.orders.items()
            if order not in view.orders_on_the_way
        }
        worthwhile = sorted(
            (order for order, gain in gains.items() if gain > 0), key=lambda order: (-gains[order], order)
        )
        overhead = view.gas_cost(ORDER_BATCH_GAS * gas_price)
        bids = []
        for start in range(0, len(worthwhile), self.batch_size):
            batch = worthwhile[start : start + self.batch_size]
            if sum(gains[order] for order in batch) - overhead < self.min_profit:
                break
            bids.append(Bid(ExecuteOrders(tuple(batch)), gas_price))
        return bids


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
