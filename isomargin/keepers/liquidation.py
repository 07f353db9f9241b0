"""Liquidation keepers: they read the book, weigh rewards against gas and propose; the block disposes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from isomargin.agents import LiquidateBatch
from isomargin.book import Book
from isomargin.keepers.bot import Prospect, RewardedBot
from isomargin.keepers.view import KeeperView
from isomargin.model import plan_liquidation
from isomargin.protocol import MarketState, SystemTerms

__all__ = ["BATCH_GAS", "LIQUIDATION_GAS", "LiquidationKeeper", "rewards_due"]

BATCH_GAS = 150_000
"""What a keeper reckons for a batch besides its liquidations: the most it takes, a little rounded up."""

LIQUIDATION_GAS = 70_000
"""What it reckons for each liquidation: the dearest kind, a solvent one closed in full, rounded up."""


@dataclass
class LiquidationKeeper(RewardedBot):
    """A bot that liquidates positions whose reward pays for the gas that they add, the best paid first."""

    overhead_gas: ClassVar[int] = BATCH_GAS

    def _prospects(self, view: KeeperView) -> dict[int, Prospect]:
        return {position: Prospect(reward, LIQUIDATION_GAS) for position, reward in view.due.rewards.items()}

    def _sent(self, view: KeeperView) -> frozenset[int]:
        return view.on_the_way

    def _action(self, batch: tuple[int, ...]) -> LiquidateBatch:
        return LiquidateBatch(batch)


def rewards_due(book: Book, terms: SystemTerms, state: MarketState) -> dict[int, int]:
    """Foresee, by the model, what liquidating each position below maintenance would bring now.

    Parameters
    ----------
    book : Book
        Open positions, by events.
    terms : SystemTerms
        What the market was deployed with.
    state : MarketState
        Price, funding index, multiplier and pool cash as the newest block left them.

    Returns
    -------
    dict of int to int
        WAD quote by position id; empty while the oracle's price is bad. In the grace after an outage, only
        positions that were below maintenance at the price before it.
    """
    if state.price_reason:
        return {}
    multiplier, due = state.maintenance_multiplier, _below_maintenance(book, terms, state, state.price)
    if state.grace_ends_at:
        before = set(_below_maintenance(book, terms, state, state.price_before) if state.price_before else ())
        due = [position for position in due if position in before]
    outcomes = {
        position: plan_liquidation(
            book.held(position),
            price=state.price,
            index=state.funding_index,
            risk=terms.risk,
            policy=terms.policy,
            parameters=terms.parameters,
            pool_cash=state.pool_cash,
            token_scale=terms.token_scale,
            multiplier=multiplier,
        )
        for position in due
    }
    return {position: outcome.reward * terms.token_scale for position, outcome in outcomes.items()}


def _below_maintenance(book: Book, terms: SystemTerms, state: MarketState, price: int) -> list[int]:
    return book.liquidatable(
        price, state.funding_index, terms.risk, terms.token_scale, state.maintenance_multiplier
    )
