"""What became of keepers' transactions: what each asked for, won and lost, and what it cost."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from isomargin.chain import Receipt
from isomargin.protocol import ProtocolEvent, reckoned_gas
from isomargin.simulation.orders import Order

__all__ = ["Fate", "entries_of", "keeper_fates", "reckoned_cost"]

_ENDS_OF_ORDERS = ("OrderExecuted", "OrderCancelled")
_ENDS = ("PositionLiquidated", "PositionDeleveraged", "MarginCalled", "MarginRestored", *_ENDS_OF_ORDERS)
_RACES = (
    "liquidate",
    "liquidate_batch",
    "execute",
    "execute_batch",
    "execute_orders",
    "call_margin",
    "deleverage",
)
# What the contracts say to whoever comes too late; other refusals, as of a bad price, are no lost race.
_TOO_LATE = (
    "market: no such position",
    "market: position is sound",
    "market: deleverage not needed",
    "market: deleverage does not help",
    "market: position not in profit",
    "calls: no such position",
    "orders: no such order",
    "orders: not triggered",
)


@dataclass(frozen=True, slots=True)
class Fate:
    """A keeper's transaction after the block that took it.

    Attributes
    ----------
    order : Order
    receipt : Receipt
    won : int
        Positions and orders that it liquidated, executed, called or deleveraged.
    lost : int
        Those that it asked for and that were gone or sound when it was executed.
    liquidations, orders : int
        Of those won.
    rewards : int
        What it earned, token units.
    gas : int
        What it was charged for, or what the gas table reckons where the engine does not count.
    """

    order: Order
    receipt: Receipt
    won: int
    lost: int
    liquidations: int
    orders: int
    rewards: int
    gas: int

    @property
    def wei(self) -> int:
        """What that gas cost."""
        return self.gas * self.receipt.gas_price

    @property
    def is_wasted(self) -> bool:
        """Whether it reverted, or was in a race and won nothing; whoever approves a token wastes none."""
        return not self.won and (not self.receipt.success or self.order.action in _RACES)


def keeper_fates(
    orders: Sequence[Order],
    receipts: Sequence[Receipt],
    events: Sequence[Iterable[ProtocolEvent]],
    there: Container[int],
) -> Iterator[Fate]:
    """The fates of all transactions of a block whose senders are keepers, in the block's order.

    Parameters
    ----------
    orders, receipts, events : sequence
        Of the block; one of each for a transaction.
    there : container of int
        Positions that are open after the block.
    """
    for order, receipt, logged in zip(orders, receipts, events, strict=True):
        if order.actor.role == "keeper":
            yield _fate(order, receipt, logged, there)


def entries_of(order: Order) -> tuple[int, ...]:
    """What a keeper's order is about: trigger orders, or positions."""
    return order.trigger_orders or order.positions


def reckoned_cost(order: Order) -> int:
    """What a keeper's order on its way will cost if all that it asks for is there, wei."""
    return reckoned_gas(order.action, max(1, len(entries_of(order)))) * order.gas_price


def _fate(order: Order, receipt: Receipt, logged: Iterable[ProtocolEvent], there: Container[int]) -> Fate:
    events = [seen.event for seen in logged]
    won = sum(event.name in _ENDS for event in events)
    rewards = [event.args["reward"] for event in events if event.name == "PositionLiquidated"]
    lost = _lost(order, receipt, won)
    taken = {event.args["id"] for event in events if event.name == "PositionLiquidated"}
    gone = sum(position not in there for position in set(order.positions) - taken)
    fees = [event.args["fee"] for event in events if event.name in _ENDS_OF_ORDERS]
    return Fate(
        order=order,
        receipt=receipt,
        won=won,
        lost=lost,
        liquidations=len(rewards),
        orders=len(fees),
        rewards=sum(rewards) + sum(fees),
        gas=_gas(order, won, lost, gone) if receipt.gas_used is None else receipt.gas_used,
    )


def _lost(order: Order, receipt: Receipt, won: int) -> int:
    is_race = order.action in _RACES
    is_over = receipt.success or receipt.revert_reason in _TOO_LATE
    return max(0, len(set(entries_of(order))) - won) if is_race and is_over else 0


def _gas(order: Order, won: int, lost: int, gone: int) -> int:
    """What the gas table reckons for a transaction that lost some of what it asked for."""
    return reckoned_gas(order.action, won, sound=max(0, lost - gone), gone=min(lost, gone))
