"""How far a run is: what a progress bar shows."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A run after one of its prices.

    Attributes
    ----------
    prices_done, prices : int
        Prices played, and in all.
    price : int
        The newest, WAD.
    open_positions, liquidations : int
        Open now; liquidations so far, partial ones included.
    """

    prices_done: int
    prices: int
    price: int
    open_positions: int
    liquidations: int
