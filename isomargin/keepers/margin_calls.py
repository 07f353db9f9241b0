"""Margin-call keepers: they tell owners in time, for no reward; whoever runs the market pays them."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.agents import CallMargin
from isomargin.book import Book
from isomargin.keepers.bot import Bot
from isomargin.keepers.view import Bid, KeeperView
from isomargin.protocol import MarketState, SystemTerms, reckoned_gas

__all__ = ["MarginCallKeeper", "calls_due"]


@dataclass
class MarginCallKeeper(Bot):
    """A bot that calls every position as it crosses its call level, and notes when it is healthy again."""

    def _wishes(self, view: KeeperView) -> list[Bid]:
        """A call for each position that is due one, oldest first."""
        due = [position for position in view.due.calls if position not in view.on_the_way]
        price, gas = self.gas_price(view), reckoned_gas("call_margin")
        return [Bid(CallMargin(position), price, gas) for position in due[: self.batch_size]]


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
    unhealthy = book.unhealthy(
        state.price, state.funding_index, terms.risk, terms.token_scale, state.maintenance_multiplier
    )
    called = book.margin_called & book.positions.keys()
    return tuple(sorted(called.symmetric_difference(unhealthy)))
