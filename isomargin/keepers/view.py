"""What every keeper is shown and what it answers, whatever its trade."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from isomargin.agents import CallMargin, Deleverage, ExecuteOrders, LiquidateBatch

__all__ = ["Bid", "Due", "DueOrder", "Keeper", "KeeperView", "KnownDue"]


@dataclass(frozen=True, slots=True)
class DueOrder:
    """What executing or ending a trigger order brings, WAD quote, and about what gas it takes."""

    fee: int
    gas: int


class Due(Protocol):
    """What there is to do for keepers now."""

    @property
    def rewards(self) -> Mapping[int, int]:
        """What each position below maintenance would bring whoever liquidates it now, WAD quote."""

    @property
    def calls(self) -> tuple[int, ...]:
        """Positions whose margin call would be news now."""

    @property
    def winners(self) -> tuple[int, ...]:
        """Positions to deleverage now, in this order."""

    @property
    def orders(self) -> Mapping[int, DueOrder]:
        """The trigger orders that can be executed or ended now."""


@dataclass(frozen=True)
class KnownDue:
    """A `Due` that is simply told, for keepers that are tried without a market."""

    rewards: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    calls: tuple[int, ...] = ()
    winners: tuple[int, ...] = ()
    orders: Mapping[int, DueOrder] = field(default_factory=lambda: MappingProxyType({}))


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
    due : Due
        What there is to do; each of its four parts is found when it is asked for.
    on_the_way : frozenset of int
        Positions in this keeper's own transactions that no block has taken yet.
    price : int
        The oracle's newest price, WAD.
    orders_on_the_way : frozenset of int
        Trigger orders in this keeper's own transactions that no block has taken yet.
    elapsed : int
        Seconds from the first price to the newest block.
    funds : int or None
        Ether that this keeper has left for gas, its transactions on the way taken off; wei, None: no end.
    setbacks : int
        Blocks in a row in which this keeper's transactions waited for room or came to nothing.
    """

    block: int
    gas_price: int
    gas_cost: Callable[[int], int]
    due: Due
    on_the_way: frozenset[int] = frozenset()
    price: int = 0
    orders_on_the_way: frozenset[int] = frozenset()
    elapsed: int = 0
    funds: int | None = None
    setbacks: int = 0


@dataclass(frozen=True, slots=True)
class Bid:
    """An action, the gas price, in wei, that the keeper pays to have it mined, and the gas it expects."""

    action: LiquidateBatch | CallMargin | Deleverage | ExecuteOrders
    gas_price: int
    gas: int = field(default=0, compare=False)


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

    def raised(self, view: KeeperView, entries: Iterable[int], gas_price: int) -> int:
        """What it pays from now on for a bid that a block had no room for."""
