"""The price path itself: the rounds that the simulation pushes into the feed, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from isomargin.errors import PriceDataError
from isomargin.prices.parsing import PRICE_LIMIT, utc_text
from isomargin.units import from_wad

__all__ = ["PricePath", "PricePoint", "scripted_path"]


@dataclass(frozen=True)
class PricePoint:
    """One round of the feed: `price` in WAD quote per base, from `timestamp` (unix seconds) on."""

    timestamp: int
    price: int


@dataclass(frozen=True)
class PricePath:
    """Prices in the order of time; at least one.

    Raises
    ------
    PriceDataError
        If it is empty, if a time does not rise, or if a price is not in ``(0, 2**96)``, which is what the
        contracts accept.
    """

    points: tuple[PricePoint, ...]

    def __post_init__(self) -> None:
        if not self.points:
            raise PriceDataError("expected at least one price, found none")
        for number, point in enumerate(self.points, start=1):
            if not 0 < point.price < PRICE_LIMIT:
                raise PriceDataError(
                    f"price {number} at {utc_text(point.timestamp)}: expected above zero and below "
                    f"{from_wad(PRICE_LIMIT)}, found {from_wad(point.price)}"
                )
        for earlier, later in pairwise(self.points):
            if later.timestamp <= earlier.timestamp:
                raise PriceDataError(
                    f"expected rising times, found {utc_text(later.timestamp)} after "
                    f"{utc_text(earlier.timestamp)}"
                )

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[PricePoint]:
        return iter(self.points)

    def __getitem__(self, index: int) -> PricePoint:
        return self.points[index]

    @property
    def first_price(self) -> int:
        """WAD price that sizes and bounds of a scenario are relative to."""
        return self.points[0].price

    @property
    def start(self) -> int:
        """Unix seconds of the first price."""
        return self.points[0].timestamp

    @property
    def end(self) -> int:
        """Unix seconds of the last price."""
        return self.points[-1].timestamp

    @property
    def intervals(self) -> tuple[int, ...]:
        """Seconds from each price to the next; empty for a single price."""
        return tuple(later.timestamp - earlier.timestamp for earlier, later in pairwise(self.points))


def scripted_path(prices: Sequence[int], *, start: int, step: int) -> PricePath:
    """A price every `step` seconds, exactly as listed.

    Parameters
    ----------
    prices : sequence of int
        WAD prices.
    start : int
        Unix seconds of the first.
    step : int
        Seconds from one to the next.
    """
    return PricePath(tuple(PricePoint(start + index * step, price) for index, price in enumerate(prices)))
