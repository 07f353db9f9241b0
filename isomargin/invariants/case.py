"""One event about one position together with everything just before it: what the checks of events look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from isomargin import model
from isomargin.book import BookPosition
from isomargin.invariants.catalogue import LEDGER
from isomargin.invariants.circumstances import Circumstances
from isomargin.invariants.findings import Tally
from isomargin.model import Holding

__all__ = ["Case", "compare"]


@dataclass(frozen=True, slots=True)
class Case:
    """An event about a position and the state just before the action that logged it.

    Attributes
    ----------
    place : str
        Block, transaction, event and position, for messages.
    args : mapping
        Of the event.
    position : BookPosition
        As the book had it.
    margin : int
        Token units, as the Transfer events had it.
    circumstances : Circumstances
        Price, time, parameters.
    funding_index : int
        The market's, brought up to date.
    skew : int
        Before the action.
    """

    place: str
    args: Mapping[str, Any]
    position: BookPosition
    margin: int
    circumstances: Circumstances
    funding_index: int
    skew: int

    @property
    def holding(self) -> Holding:
        """The position as the model knows it."""
        held = self.position
        return Holding(held.size, held.cost, held.funding_index, self.margin, held.keeper_reserve)

    def funding(self) -> int:
        """What it owed just before, WAD quote."""
        return self.holding.accrued_funding(self.funding_index)

    def health(self) -> tuple[int, int]:
        """Its equity and maintenance margin just before, WAD quote."""
        return self.health_of(self.holding)

    def health_of(self, holding: Holding) -> tuple[int, int]:
        """Equity and maintenance margin of a position at this price and index, WAD quote."""
        now = self.circumstances
        equity = holding.equity(now.price, self.funding_index, now.token_scale)
        return equity, now.risk.maintenance(holding.notional(now.price), now.multiplier)

    def at_price(self, price: int) -> Case:
        """The same at another price (WAD), all else as it is."""
        return replace(self, circumstances=replace(self.circumstances, price=price))

    def tokens(self, amount: int) -> int:
        """WAD quote in token units, down."""
        return model.to_tokens(amount, self.circumstances.token_scale)


def compare(case: Case, tally: Tally, expected: Mapping[str, int]) -> None:
    """Check the event's own figures against the model's, one case of the ledger each."""
    for name, figure in expected.items():
        tally.equal(LEDGER, case.place, name, case.args[name], figure)
