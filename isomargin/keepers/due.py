"""What a book has due at a moment, found when a keeper asks for it and once for all who ask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from isomargin.book import Book
from isomargin.keepers.deleveraging import winners_due
from isomargin.keepers.liquidation import rewards_due
from isomargin.keepers.margin_calls import calls_due
from isomargin.keepers.trigger_orders import orders_due
from isomargin.keepers.view import DueOrder
from isomargin.protocol import MarketState, SystemTerms

__all__ = ["BookDue"]


@dataclass(frozen=True)
class BookDue:
    """A `Due` that reads a book, which must not move on meanwhile.

    Attributes
    ----------
    book : Book
        By events, up to the newest block.
    terms : SystemTerms
        What the market was deployed with.
    state : MarketState
        As the newest block left it.
    now : int
        Of the newest block, unix seconds.
    """

    book: Book
    terms: SystemTerms
    state: MarketState
    now: int

    @cached_property
    def rewards(self) -> dict[int, int]:
        """See `rewards_due`."""
        return rewards_due(self.book, self.terms, self.state)

    @cached_property
    def calls(self) -> tuple[int, ...]:
        """See `calls_due`."""
        return calls_due(self.book, self.terms, self.state)

    @cached_property
    def winners(self) -> tuple[int, ...]:
        """See `winners_due`."""
        return winners_due(self.book, self.terms, self.state)

    @cached_property
    def orders(self) -> dict[int, DueOrder]:
        """See `orders_due`."""
        return orders_due(self.book, self.terms, self.state, self.now)
