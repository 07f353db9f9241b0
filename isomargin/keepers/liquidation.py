"""Liquidation keepers: they read the book, weigh rewards against gas and propose; the block disposes."""

from __future__ import annotations

from dataclasses import dataclass

from isomargin.agents import LiquidateBatch
from isomargin.book import Book
from isomargin.keepers.view import Bid, KeeperView
from isomargin.model import plan_liquidation
from isomargin.protocol import MarketState, SystemTerms
from isomargin.units import WAD

__all__ = ["BATCH_GAS", "LIQUIDATION_GAS", "LiquidationKeeper", "rewards_due"]

BATCH_GAS = 150_000
"""What a keeper reckons for a batch besides its liquidations: the most it takes, a little rounded up."""

LIQUIDATION_GAS = 70_000
"""What it reckons for each liquidation: the dearest kind, a solvent one closed in full, rounded up."""


@dataclass
class LiquidationKeeper:
    """A bot that liquidates what pays.

    Attributes
    ----------
    name, account : str
        As people call it, and what sends its transactions.
    batch_size : int
        Positions a transaction.
    min_profit : int
        Least reward above the gas cost that a batch must bring, WAD quote.
    gas_bid : int
        What it pays, as a multiple of the going gas price, WAD.
    latency : int
        Blocks that its transactions come late; it never proposes a position that is still on the way.
    """

    name: str
    account: str
    batch_size: int
    min_profit: int
    gas_bid: int
    latency: int

    def act(self, view: KeeperView) -> list[Bid]:
        """Propose batches, the best paid positions first.

        A position joins a batch when its reward pays for the gas that it adds; a batch is sent when the
        rewards together exceed its gas by `min_profit`.
        """
        gas_price = view.gas_price * self.gas_bid // WAD
        cost_of_one = view.gas_cost(LIQUIDATION_GAS * gas_price)
        worthwhile = [
            position
            for position, reward in view.rewards.items()
            if reward > cost_of_one and position not in view.on_the_way
        ]
        worthwhile.sort(key=lambda position: (-view.rewards[position], position))
        bids = []
        for start in range(0, len(worthwhile), self.batch_size):
            batch = worthwhile[start : start + self.batch_size]
            cost = view.gas_cost((BATCH_GAS + LIQUIDATION_GAS * len(batch)) * gas_price)
            if sum(view.rewards[position] for position in batch) - cost < self.min_profit:
                break
            bids.append(Bid(LiquidateBatch(tuple(batch)), gas_price))
        return bids


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
        before = _below_maintenance(book, terms, state, state.price_before) if state.price_before else []
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
