"""What every keeper is shown and what it answers, whatever its trade."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from isomargin.agents import CallMargin, LiquidateBatch

__all__ = ["Bid", "Keeper", "KeeperView"]


@dataclass(frozen=True)
class KeeperView:
    """What a keeper knows when it decides.

    Attributes
    ----------
    block : int
        The newest block.
    gas_price : int
        The going price, wei.
    gas_cost : callable
        What an amount of wei is worth, WAD quote.
    rewards : mapping of int to int
        What each position below maintenance would bring whoever liquidates it now, WAD quote.
    on_the_way : frozenset of int
        Positions in this keeper's own transactions that no block has taken yet.
    calls : tuple of int
        Positions whose margin call would be news now.
    """

    block: int
    gas_price: int
    gas_cost: Callable[[int], int]
    rewards: Mapping[int, int]
    on_the_way: frozenset[int] = frozenset()
    calls: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Bid:
    """An action and the gas price, in wei, that the keeper pays to have it mined."""

    action: LiquidateBatch | CallMargin
    gas_price: int


class Keeper(Protocol):
    """A bot with an account, whose transactions come `latency` blocks late."""

    @property
    def name(self) -> str:
        """As people call it."""

    @property
    def account(self) -> str:
        """What sends its transactions."""

    @property
    def latency(self) -> int:
        """Blocks."""

    def act(self, view: KeeperView) -> list[Bid]:
        """Propose."""
