"""What a book knows of a position, open or ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["BookPosition", "EndedPosition", "Outcome"]

Outcome = Literal["closed", "liquidated", "deleveraged"]
"""How a position ended."""


@dataclass(frozen=True, slots=True)
class BookPosition:
    """An open position as its events left it; its margin is what its vault holds, see `Book.margin`.

    Attributes
    ----------
    size, cost : int
        WAD base, signed; WAD quote, signed.
    funding_index : int
        WAD quote per base, at the last touch.
    keeper_reserve : int
        Token units.
    """

    id: int
    owner: str
    vault: str
    size: int
    cost: int
    funding_index: int
    keeper_reserve: int


@dataclass(frozen=True, slots=True)
class EndedPosition:
    """A position that is gone; its vault may still hold what its token refused to pay out.

    Attributes
    ----------
    bad_debt : int
        WAD quote, what its vault could not pay at its end.
    """

    id: int
    owner: str
    vault: str
    outcome: Outcome
    bad_debt: int
