"""Deleveraging keepers: they close winners while traders would take too much, for no reward."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.agents import Deleverage
from isomargin.book import Book
from isomargin.keepers.bot import Bot
from isomargin.keepers.view import Bid, KeeperView
from isomargin.model import claims_are_excessive, premium, unrealised_pnl
from isomargin.protocol import MarketState, SystemTerms, reckoned_gas

__all__ = ["DeleveragingKeeper", "winners_due"]


@dataclass
class DeleveragingKeeper(Bot):
    """A bot that closes the largest winners first, and only while nobody is left to be liquidated."""

    def _wishes(self, view: KeeperView) -> list[Bid]:
        """Closing winners at no worse a price than the one seen; losers come first."""
        if view.due.rewards:
            return []
        due = [position for position in view.due.winners if position not in view.on_the_way]
        price, gas = self.gas_price(view), reckoned_gas("deleverage")
        return [Bid(Deleverage(position, view.price), price, gas) for position in due[: self.batch_size]]


def winners_due(book: Book, terms: SystemTerms, state: MarketState) -> tuple[int, ...]:
    """Find the winners to close, one after another, until traders would no longer take too much.

    Parameters
    ----------
    book : Book
        Open positions, by events.
    terms : SystemTerms
        What the market was deployed with.
    state : MarketState
        Price, funding index, trader claims and pool cash as the newest block left them.

    Returns
    -------
    tuple of int
        Ids, the largest profit first; empty while the oracle's price is bad.
    """
    claims, cash, skew, due = state.trader_claims, state.pool_cash * terms.token_scale, state.skew, []
    threshold = terms.parameters.adl_threshold
    if state.price_reason or not claims_are_excessive(claims, cash, threshold):
        return ()
    ranked = sorted(_profits(book, state).items(), key=lambda item: (-item[1], item[0]))
    for position, profit in ranked:
        if not claims_are_excessive(claims, cash, threshold):
            break
        rest = skew - book.positions[position].size
        left = claims - profit + _premium(rest, state, terms) - _premium(skew, state, terms)
        if profit <= cash and left < claims:
            claims, cash, skew = left, cash - profit, rest
            due.append(position)
    return tuple(due)


def _profits(book: Book, state: MarketState) -> dict[int, int]:
    """What each winner has won beyond the funding that it owes, WAD quote."""
    profits = {
        position: unrealised_pnl(held.size, held.cost, state.price)
        - held.accrued_funding(state.funding_index)
        for position in book.positions
        for held in (book.held(position),)
    }
    return {position: profit for position, profit in profits.items() if profit > 0}


def _premium(skew: int, state: MarketState, terms: SystemTerms) -> int:
    return premium(skew, state.price, terms.parameters.skew_scale)
