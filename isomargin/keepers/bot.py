"""What every built-in bot has, and how those that are rewarded weigh rewards against gas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from isomargin.keepers.view import KeeperView
from isomargin.units import WAD

__all__ = ["Bot", "RewardedBot"]


@dataclass
class Bot:
    """A bot with an account.

    Attributes
    ----------
    name, account : str
        As people call it, and what sends its transactions.
    batch_size : int
        What it proposes at once, at most: entries a transaction, or transactions a block.
    gas_bid : int
        What it pays, as a multiple of the going gas price, WAD.
    latency : int
        Blocks that its transactions come late; it never proposes again what is still on the way.
    """

    name: str
    account: str
    batch_size: int
    gas_bid: int
    latency: int

    def gas_price(self, view: KeeperView) -> int:
        """What it pays now, wei for a unit of gas."""
        return view.gas_price * self.gas_bid // WAD


@dataclass
class RewardedBot(Bot):
    """A bot that acts for what it earns.

    Attributes
    ----------
    min_profit : int
        Least earnings above the gas cost that a batch must bring, WAD quote.
    """

    min_profit: int = field(kw_only=True)

    def paying_batches(self, gains: Mapping[int, int], overhead: int) -> list[tuple[int, ...]]:
        """Batch what pays, the best paid first.

        Parameters
        ----------
        gains : mapping of int to int
            What each entry brings beyond the gas that it adds to a batch, WAD quote.
        overhead : int
            What the rest of a batch's gas costs, WAD quote.

        Returns
        -------
        list of tuple of int
            Entries that gain something, in batches that bring at least `min_profit` after the overhead.
        """
        worthwhile = [entry for entry, gain in gains.items() if gain > 0]
        ranked = sorted(worthwhile, key=lambda entry: (-gains[entry], entry))
        batches: list[tuple[int, ...]] = []
        for start in range(0, len(ranked), self.batch_size):
            batch = tuple(ranked[start : start + self.batch_size])
            if sum(gains[entry] for entry in batch) - overhead < self.min_profit:
                break
            batches.append(batch)
        return batches
