"""From proposals to the transactions of a block: who asked for what, who comes first, and what fits."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

import numpy as np

from isomargin.agents import (
    Action,
    AddMargin,
    ApproveOrders,
    CallMargin,
    CancelOrder,
    Claim,
    Close,
    Decrease,
    Deleverage,
    DepositLiquidity,
    ExecuteOrders,
    Increase,
    LiquidateBatch,
    Open,
    PlaceLimit,
    PlaceReduce,
    RequestWithdrawal,
    WithdrawLiquidity,
    WithdrawMargin,
)
from isomargin.chain import Transaction
from isomargin.keepers import transaction_for
from isomargin.protocol import System
from isomargin.record import Role

__all__ = ["Actor", "Order", "fill_block", "order_for", "sequence_of"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever sends transactions: name in the scenario, account on the chain, role in the market."""

    name: str
    account: str
    role: Role


@dataclass(frozen=True, slots=True)
class Order:
    """One transaction on its way into a block, and the positions and trigger orders that it is about.

    `step` is its place in the scenario's script, from 0, if it is from there; `is_last` puts it behind the
    others of its block.
    """

    actor: Actor
    action: str
    transaction: Transaction
    positions: tuple[int, ...] = ()
    trigger_orders: tuple[int, ...] = ()
    step: int | None = None
    is_last: bool = False

    @property
    def gas_price(self) -> int:
        """What it pays for its gas, wei."""
        return self.transaction.gas_price or 0


def order_for(system: System, actor: Actor, action: Action, gas_price: int) -> Order:
    """Write the transaction that an action asks for, at a gas price in wei."""
    transaction = replace(_transaction(system, actor.account, action), gas_price=gas_price)
    executed = action.orders if isinstance(action, ExecuteOrders) else ()
    return Order(actor, _NAMES[type(action)], transaction, _positions(action), executed)


def sequence_of(orders: Sequence[Order], random: np.random.Generator) -> list[Order]:
    """Put orders in the sequence in which a block executes them.

    The highest gas price comes first, and among equals chance decides; but one sender's stay in the order in
    which they were sent, because its nonces rise.

    Parameters
    ----------
    orders : sequence of Order
    random : numpy.random.Generator
        One permutation of the senders a call.
    """
    queues: dict[str, deque[Order]] = {}
    for order in orders:
        queues.setdefault(order.actor.account, deque()).append(order)
    luck = random.permutation(len(queues)).tolist()
    heads = [
        (-queue[0].gas_price, place, sender)
        for place, (sender, queue) in zip(luck, queues.items(), strict=True)
    ]
    heapq.heapify(heads)
    sequence = []
    while heads:
        _, place, sender = heapq.heappop(heads)
        queue = queues[sender]
        sequence.append(queue.popleft())
        if queue:
            heapq.heappush(heads, (-queue[0].gas_price, place, sender))
    return sequence


def fill_block(orders: Sequence[Order], room: int) -> tuple[list[Order], list[Order]]:
    """Take the orders whose gas limits fit into `room`, and leave the rest for the next block.

    An order that does not fit lets later ones pass, but not those of its own sender.
    """
    taken: list[Order] = []
    left: list[Order] = []
    held_up: set[str] = set()
    for order in orders:
        sender = order.actor.account
        if sender in held_up or order.transaction.gas > room:
            held_up.add(sender)
            left.append(order)
        else:
            taken.append(order)
            room -= order.transaction.gas
    return taken, left


def _positions(action: Action) -> tuple[int, ...]:
    match action:
        case LiquidateBatch(ids):
            return ids
        case Open() | DepositLiquidity() | RequestWithdrawal() | WithdrawLiquidity():
            return ()
        case PlaceLimit() | CancelOrder() | ExecuteOrders():
            return ()
        case _:
            return (action.id,)


def _transaction(system: System, account: str, action: Action) -> Transaction:
    match action:
        case Open(size, margin, price_limit, deadline):
            written = system.open(account, size, margin, price_limit, deadline)
        case Increase(position, quantity, price_limit, deadline):
            written = system.increase(account, position, quantity, price_limit, deadline)
        case Decrease(position, quantity, price_limit, deadline):
            written = system.decrease(account, position, quantity, price_limit, deadline)
        case Close(position, price_limit, deadline):
            written = system.close(account, position, price_limit, deadline)
        case AddMargin(position, amount):
            written = system.add_margin(account, position, amount)
        case WithdrawMargin(position, amount):
            written = system.withdraw_margin(account, position, amount)
        case Claim(position):
            written = system.claim(account, position, account)
        case LiquidateBatch() | CallMargin() | Deleverage() | ExecuteOrders():
            written = transaction_for(system, account, action)
        case DepositLiquidity() | RequestWithdrawal() | WithdrawLiquidity():
            written = _pool_transaction(system, account, action)
        case ApproveOrders() | PlaceReduce() | PlaceLimit() | CancelOrder():
            written = _trigger_order_transaction(system, account, action)
        case _:
            assert_never(action)
    return written


def _trigger_order_transaction(
    system: System,
    account: str,
    action: ApproveOrders | PlaceReduce | PlaceLimit | CancelOrder,
) -> Transaction:
    match action:
        case ApproveOrders(position):
            return system.approve_manager(account, position, system.trigger_orders.address)
        case PlaceReduce(position, kind, quantity, trigger, limit, deadline, fee):
            return system.place_reduce(account, position, kind, quantity, trigger, limit, deadline, fee)
        case PlaceLimit(size, margin, trigger, limit, deadline, fee):
            return system.place_limit(account, size, margin, trigger, limit, deadline, fee)
        case CancelOrder(order):
            return system.cancel_order(account, order)


def _pool_transaction(
    system: System, account: str, action: DepositLiquidity | RequestWithdrawal | WithdrawLiquidity
) -> Transaction:
    match action:
        case DepositLiquidity(amount):
            return system.deposit(account, amount)
        case RequestWithdrawal(shares):
            return system.request_withdrawal(account, shares)
        case WithdrawLiquidity(shares):
            return system.redeem(account, shares)


_NAMES: dict[type[Action], str] = {
    Open: "open",
    Increase: "increase",
    Decrease: "decrease",
    Close: "close",
    AddMargin: "add_margin",
    WithdrawMargin: "withdraw_margin",
    Claim: "claim",
    LiquidateBatch: "liquidate_batch",
    CallMargin: "call_margin",
    Deleverage: "deleverage",
    DepositLiquidity: "deposit",
    RequestWithdrawal: "request_withdrawal",
    WithdrawLiquidity: "redeem",
    ApproveOrders: "approve_orders",
    PlaceReduce: "place_reduce",
    PlaceLimit: "place_limit",
    CancelOrder: "cancel_order",
    ExecuteOrders: "execute_orders",
}
