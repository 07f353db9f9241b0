"""How a keeper prices its gas: strategies that look at one batch and say what to pay for a unit of gas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from isomargin.units import WAD

__all__ = ["Bidding", "EscalatingBid", "FixedBid", "Offer", "ProfitShareBid"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A batch that a keeper is about to bid for.

    Attributes
    ----------
    price : int
        The keeper's usual bid: its multiple of the going price, wei for a unit of gas.
    gas : int
        What the batch takes by the keeper's reckoning.
    profit : int
        Rewards less gas at `price`, wei.
    setbacks : int
        Blocks in a row in which the keeper's transactions waited for room or came to nothing.
    """

    price: int
    gas: int
    profit: int
    setbacks: int = 0


class Bidding(Protocol):
    """A strategy. Whoever asks sees to it that a bid leaves the least profit and heeds the highest price."""

    @property
    def raises(self) -> bool:
        """Whether it raises the price of a transaction that waits because blocks are full."""

    def price(self, offer: Offer) -> int:
        """What to pay for the batch, wei for a unit of gas."""


@dataclass(frozen=True, slots=True)
class FixedBid:
    """Always the usual bid."""

    raises: bool = False

    def price(self, offer: Offer) -> int:
        """See `Bidding.price`."""
        return offer.price


@dataclass(frozen=True, slots=True)
class EscalatingBid:
    """The usual bid, raised by a factor (WAD) for each setback in a row; a success takes it back."""

    factor: int
    raises: bool = True

    def price(self, offer: Offer) -> int:
        """See `Bidding.price`; rounded down at every step, and no further than where all profit is gone."""
        price, highest = offer.price, offer.price + max(0, offer.profit) // offer.gas
        for _ in range(offer.setbacks):
            if price >= highest:
                break
            price = price * self.factor // WAD
        return min(price, highest)


@dataclass(frozen=True, slots=True)
class ProfitShareBid:
    """The usual bid and a share (WAD) of what the batch would bring at it, spread over the batch's gas."""

    share: int
    raises: bool = False

    def price(self, offer: Offer) -> int:
        """See `Bidding.price`; rounded down."""
        return offer.price + max(0, offer.profit) * self.share // WAD // offer.gas
