"""What every built-in bot has, and how those that are rewarded weigh rewards against gas."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from isomargin.agents import ExecuteOrders, LiquidateBatch
from isomargin.keepers.bidding import Bidding, FixedBid, Offer
from isomargin.keepers.view import Bid, KeeperView
from isomargin.units import WAD

__all__ = ["Bot", "Prospect", "RewardedBot"]

_ETHER = 10**18  # wei


@dataclass
class Bot(ABC):
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
    max_gas_price : int or None
        The most that it pays, wei for a unit of gas; it proposes nothing while the going price is above.
    downtime : tuple of (int, int)
        From when to when it is down, seconds after the first price. What it has sent before stays sent.
    """

    name: str
    account: str
    batch_size: int
    gas_bid: int
    latency: int
    max_gas_price: int | None = field(default=None, kw_only=True)
    downtime: tuple[tuple[int, int], ...] = field(default=(), kw_only=True)

    def act(self, view: KeeperView) -> list[Bid]:
        """Propose what it can pay for, while it is up and gas is not too dear for it."""
        return _affordable(self._wishes(view), view.funds) if self._is_ready(view) else []

    def gas_price(self, view: KeeperView) -> int:
        """What it usually pays now, wei for a unit of gas."""
        usual = view.gas_price * self.gas_bid // WAD
        return usual if self.max_gas_price is None else min(usual, self.max_gas_price)

    def raised(self, view: KeeperView, entries: Iterable[int], gas_price: int) -> int:
        """What it pays from now on for a bid that a block had no room for: as a rule, the same.

        Parameters
        ----------
        view : KeeperView
        entries : iterable of int
            The positions or orders that the bid is about.
        gas_price : int
            What it paid so far, wei for a unit of gas, as is what comes back.
        """
        return gas_price

    @abstractmethod
    def _wishes(self, view: KeeperView) -> list[Bid]:
        """What it would do with any amount of ether."""

    def _is_ready(self, view: KeeperView) -> bool:
        is_down = any(start <= view.elapsed < end for start, end in self.downtime)
        return not is_down and (self.max_gas_price is None or view.gas_price <= self.max_gas_price)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What one entry of a batch brings, WAD quote, and about what gas it adds."""

    reward: int
    gas: int


@dataclass
class RewardedBot(Bot):
    """A bot that acts for what it earns.

    Attributes
    ----------
    min_profit : int
        Least earnings above the gas cost that a batch must bring, WAD quote.
    bidding : Bidding
        What it pays for a batch, beginning from its usual price; never so much that less than `min_profit`
        is left.
    """

    overhead_gas: ClassVar[int]
    """What it reckons for a batch besides its entries."""

    min_profit: int = field(kw_only=True)
    bidding: Bidding = field(default_factory=FixedBid, kw_only=True)

    def raised(self, view: KeeperView, entries: Iterable[int], gas_price: int) -> int:
        """Raise a waiting bid for what of it is still due, if the strategy does and ether is there for it."""
        due = self._prospects(view)
        left = tuple(entry for entry in entries if entry in due)
        if not left or not self.bidding.raises or not self._is_ready(view):
            return gas_price
        wanted = self._bid(view, left, due)
        if view.funds is not None:
            wanted = min(wanted, gas_price + max(0, view.funds) // self._gas(left, due))
        return max(wanted, gas_price)

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

    @abstractmethod
    def _prospects(self, view: KeeperView) -> Mapping[int, Prospect]:
        """What is due, whether it is on the way or not."""

    @abstractmethod
    def _sent(self, view: KeeperView) -> frozenset[int]:
        """What of it is on the way."""

    @abstractmethod
    def _action(self, batch: tuple[int, ...]) -> LiquidateBatch | ExecuteOrders:
        """What it asks of the market."""

    def _wishes(self, view: KeeperView) -> list[Bid]:
        due, sent = self._prospects(view), self._sent(view)
        gains = {entry: gain for entry, gain in self._gains(view, due).items() if entry not in sent}
        batches = self.paying_batches(gains, view.gas_cost(self.overhead_gas * self.gas_price(view)))
        funds, bids = view.funds, []
        for batch in batches:
            bid = Bid(self._action(batch), self._bid(view, batch, due, funds), self._gas(batch, due))
            bids.append(bid)
            funds = None if funds is None else funds - bid.gas * bid.gas_price
        return bids

    def _gains(self, view: KeeperView, due: Mapping[int, Prospect]) -> dict[int, int]:
        """What each entry brings beyond the gas that it adds, at the usual price; WAD quote."""
        price = self.gas_price(view)
        return {entry: each.reward - view.gas_cost(each.gas * price) for entry, each in due.items()}

    def _gas(self, batch: tuple[int, ...], due: Mapping[int, Prospect]) -> int:
        return self.overhead_gas + sum(due[entry].gas for entry in batch)

    def _bid(
        self, view: KeeperView, batch: tuple[int, ...], due: Mapping[int, Prospect], funds: int | None = None
    ) -> int:
        """What to pay for a batch, wei for a unit of gas: what the strategy says, within its bounds.

        More than the usual price only as far as profit, the highest price and `funds` in wei allow.
        """
        usual, gas = self.gas_price(view), self._gas(batch, due)
        gains = self._gains(view, {entry: due[entry] for entry in batch})
        profit = sum(gains.values()) - view.gas_cost(self.overhead_gas * usual)
        ether_price = max(1, view.gas_cost(_ETHER))
        offer = Offer(usual, gas, profit * _ETHER // ether_price, view.setbacks)
        spare = max(0, profit - self.min_profit) * _ETHER // ether_price
        highest = usual + spare // gas
        if self.max_gas_price is not None:
            highest = min(highest, self.max_gas_price)
        if funds is not None:
            highest = min(highest, max(usual, funds // gas))
        return min(self.bidding.price(offer), highest)


def _affordable(bids: list[Bid], funds: int | None) -> list[Bid]:
    """The first bids that `funds`, in wei, pay for by the bidder's own reckoning; all when it has no end."""
    if funds is None:
        return bids
    taken: list[Bid] = []
    for bid in bids:
        funds -= bid.gas * bid.gas_price
        if funds < 0:
            break
        taken.append(bid)
    return taken
