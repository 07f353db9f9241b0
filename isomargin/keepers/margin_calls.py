"""Margin-call keepers: they tell owners in time, for no reward; whoever runs the market pays them."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.agents import CallMargin
from isomargin.book import Book
from isomargin.keepers.view import Bid, KeeperView
from isomargin.model import Status, status
from isomargin.protocol import MarketState, SystemTerms
from isomargin.units import WAD

__all__ = ["MarginCallKeeper", "calls_due"]


@dataclass
class MarginCallKeeper:
    """A bot that calls every position as it crosses its call level, and notes when it is healthy again.

    Attributes
    ----------
    name, account : str
        As people call it, and what sends its transactions.
    batch_size : int
        Calls a block, at most.
    gas_bid : int
        What it pays, as a multiple of the going gas price, WAD.
    latency : int
        Blocks that its transactions come late; it never proposes a position that is still on the way.
    """

    name: str
    account: str
    batch_size: int
    gas_bid: int
    latency: int

    def act(self, view: KeeperView) -> list[Bid]:
        """Propose a call for each position that is due one, oldest first."""
        due = [position for position in view.calls if position not in view.on_the_way]
        gas_price = view.gas_price * self.gas_bid // WAD
        return [Bid(CallMargin(position), gas_price) for position in due[: self.batch_size]]


def calls_due(book: Book, terms: SystemTerms, state: MarketState) -> tuple[int, ...]:
    """Find the positions that fell below their call level, or rose above it, since they were last called.

    Parameters
    ----------
    book : Book
        Open positions and the calls so far, by events.
    terms : SystemTerms
        What the market was deployed with.
    state : MarketState
        Price, funding index and multiplier as the newest block left them.

    Returns
    -------
    tuple of int
        Ids in rising order; empty while the oracle's price is bad.
    """
    if state.price_reason:
        return ()
    due = []
    for position in sorted(book.positions):
        held = book.held(position)
        equity = held.equity(state.price, state.funding_index, terms.token_scale)
        maintenance = terms.risk.maintenance(held.notional(state.price), state.maintenance_multiplier)
        is_healthy = status(equity, maintenance, terms.risk.call_ratio) is Status.HEALTHY
        if is_healthy == (position in book.margin_called):
            due.append(position)
    return tuple(due)
