"""Where orders wait between the moment somebody sends them and the block that has room for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np

from isomargin.simulation.orders import Order, fill_block, sequence_of

__all__ = ["Mempool"]


@dataclass(frozen=True, slots=True)
class _Waiting:
    order: Order
    earliest: int  # block


class Mempool:
    """The orders on their way, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []

    def add(self, order: Order, earliest_block: int) -> None:
        """Accept an order that reaches the builders of blocks in time for this block, and not before."""
        self._waiting.append(_Waiting(order, earliest_block))

    def senders(self) -> set[str]:
        """Accounts that have something on its way."""
        return {waiting.order.actor.account for waiting in self._waiting}

    def positions_of(self, sender: str) -> frozenset[int]:
        """The positions that a sender's orders on their way are about."""
        return frozenset(position for order in self.orders_of(sender) for position in order.positions)

    def trigger_orders_of(self, sender: str) -> frozenset[int]:
        """The trigger orders that a sender is about to execute."""
        return frozenset(executed for order in self.orders_of(sender) for executed in order.trigger_orders)

    def overdue(self, sender: str, block: int) -> list[Order]:
        """A sender's orders that an earlier block than this could have taken and had no room for."""
        return [
            waiting.order
            for waiting in self._waiting
            if waiting.order.actor.account == sender and waiting.earliest < block
        ]

    def orders_of(self, sender: str) -> list[Order]:
        """All of a sender's orders on their way."""
        return [waiting.order for waiting in self._waiting if waiting.order.actor.account == sender]

    def reprice(self, order: Order, gas_price: int) -> None:
        """Let an order on its way pay another gas price, in wei, in its place among its sender's."""
        paid = replace(order, transaction=replace(order.transaction, gas_price=gas_price))
        self._waiting = [
            replace(waiting, order=paid) if waiting.order is order else waiting for waiting in self._waiting
        ]

    def take(
        self, block: int, room: int, random: np.random.Generator, held_back: Collection[str] = ()
    ) -> list[Order]:
        """Take out what a block executes, in its sequence; what it has no room for stays.

        Parameters
        ----------
        block : int
            Number of the block.
        room : int
            Gas limits that fit into it.
        random : numpy.random.Generator
            Decides between equal gas prices.
        held_back : collection of str
            Accounts whose orders stay.
        """
        served = [order for order in self.arrived(block) if order.actor.account not in held_back]
        usual = [order for order in served if not order.is_last]
        last = [order for order in served if order.is_last]
        taken, _ = fill_block([*sequence_of(usual, random), *last], room)
        self.remove(taken)
        return taken

    def arrived(self, block: int) -> list[Order]:
        """Show what has reached the builders of a block, oldest first."""
        return [waiting.order for waiting in self._waiting if waiting.earliest <= block]

    def remove(self, orders: Iterable[Order]) -> None:
        """Forget orders that need not wait any longer."""
        gone = {id(order) for order in orders}  # two orders may be equal
        self._waiting = [waiting for waiting in self._waiting if id(waiting.order) not in gone]
