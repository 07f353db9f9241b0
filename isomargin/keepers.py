"""Liquidation keepers: they read the book, weigh reward against gas, and propose batches; the block disposes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from isomargin.agents import LiquidateBatch
from isomargin.book import Book
from isomargin.model import LiquidationOutcome
from isomargin.units import WAD

__all__ = ["BATCH_GAS", "LIQUIDATION_GAS", "Bid", "KeeperView", "LiquidationKeeper"]

BATCH_GAS = 70_000
"""What a batch costs besides its liquidations; from the committed gas snapshot, rounded up."""

LIQUIDATION_GAS = 110_000
"""What each liquidation of a batch costs; from the committed gas snapshot, rounded up."""


@dataclass(frozen=True)
class KeeperView:
    """What a keeper knows when it decides.

    Attributes
    ----------
    block : int
        The newest block.
    book : Book
        All positions, rebuilt from events up to that block.
    price, funding_index : int
        WAD; the newest oracle price, 0 while it is bad, and the index accrued to the newest block.
    gas_price : int
        Wei; the going price.
    gas_cost : callable
        What an amount of wei is worth, WAD quote.
    outcome : callable
        What liquidating a position of the book would do at this price, by the model.
    token_scale : int
        WAD per token unit.
    candidates : tuple of int
        Positions of the book below maintenance at this price, by id.
    """

    block: int
    book: Book
    price: int
    funding_index: int
    gas_price: int
    gas_cost: Callable[[int], int]
    outcome: Callable[[int], LiquidationOutcome]
    token_scale: int
    candidates: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bid:
    """A batch and the gas price, in wei, that the keeper pays to have it mined."""

    action: LiquidateBatch
    gas_price: int


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
        Blocks between seeing and landing: it never proposes a position that it still has on the way.
    """

    name: str
    account: str
    batch_size: int
    min_profit: int
    gas_bid: int
    latency: int
    _lands: dict[int, int] = field(default_factory=dict, init=False, repr=False)

    def act(self, view: KeeperView) -> list[Bid]:
        """Propose batches, the best paid positions first.

        A position joins a batch when its reward pays for the gas that it adds; a batch is sent when the
        rewards together exceed its gas by `min_profit`.
        """
        if not view.price:
            return []
        gas_price = view.gas_price * self.gas_bid // WAD
        cost_of_one = view.gas_cost(LIQUIDATION_GAS * gas_price)
        rewards = {
            position: self._reward(view.outcome(position), view)
            for position in view.candidates
            if self._lands.get(position, 0) <= view.block
        }
        worthwhile = [position for position in rewards if rewards[position] > cost_of_one]
        worthwhile.sort(key=lambda position: (-rewards[position], position))
        bids = []
        for start in range(0, len(worthwhile), self.batch_size):
            batch = worthwhile[start : start + self.batch_size]
            cost = view.gas_cost((BATCH_GAS + LIQUIDATION_GAS * len(batch)) * gas_price)
            if sum(rewards[position] for position in batch) - cost < self.min_profit:
                break
            bids.append(Bid(LiquidateBatch(tuple(batch)), gas_price))
            self._lands.update(dict.fromkeys(batch, view.block + 1 + self.latency))
        return bids

    @staticmethod
    def _reward(outcome: LiquidationOutcome, view: KeeperView) -> int:
        return outcome.keeper_reward * view.token_scale
