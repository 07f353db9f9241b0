"""From proposals to the transactions of a block: who asked for what, what it costs to ask, and who comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from isomargin.agents import (
    Action,
    AddMargin,
    Claim,
    Close,
    Decrease,
    DepositLiquidity,
    Increase,
    LiquidateBatch,
    Open,
    RequestWithdrawal,
    WithdrawLiquidity,
    WithdrawMargin,
)
from isomargin.chain import Transaction
from isomargin.protocol import System
from isomargin.record import Role

__all__ = ["Actor", "Order", "in_blocks", "order_for", "order_of_block"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever sends transactions: the name in the scenario, the account on the chain, the role in the market."""

    name: str
    account: str
    role: Role


@dataclass(frozen=True, slots=True)
class Order:
    """One transaction on its way into a block, and what it is about."""

    actor: Actor
    action: str
    transaction: Transaction
    position: int | None = None


def order_for(system: System, actor: Actor, action: Action, gas_price: int) -> Order:
    """Write the transaction that an action asks for, at a gas price in wei."""
    transaction = replace(_transaction(system, actor.account, action), gas_price=gas_price)
    return Order(actor, _NAMES[type(action)], transaction, getattr(action, "id", None))


def order_of_block(orders: Sequence[Order], random: np.random.Generator) -> list[Order]:
    """Put the orders of one block in the sequence in which it executes them.

    The highest gas price comes first; among equals chance decides, except that one sender's stay in the
    order in which they were sent.

    Parameters
    ----------
    orders : sequence of Order
    random : numpy.random.Generator
        One permutation of the senders a call.
    """
    senders = list(dict.fromkeys(order.actor.account for order in orders))
    luck = dict(zip(senders, random.permutation(len(senders)).tolist(), strict=True))
    return sorted(orders, key=lambda order: (-(order.transaction.gas_price or 0), luck[order.actor.account]))


def in_blocks(orders: Sequence[Order], block_gas_limit: int) -> list[list[Order]]:
    """Cut a sequence of orders into blocks that their gas limits fit in."""
    blocks: list[list[Order]] = [[]]
    room = block_gas_limit
    for order in orders:
        if order.transaction.gas > room:
            blocks.append([])
            room = block_gas_limit
        blocks[-1].append(order)
        room -= order.transaction.gas
    return blocks


def _transaction(system: System, account: str, action: Action) -> Transaction:
    match action:
        case Open(size, margin, price_limit, deadline):
            return system.open(account, size, margin, price_limit, deadline)
        case Increase(position, quantity, price_limit, deadline):
            return system.increase(account, position, quantity, price_limit, deadline)
        case Decrease(position, quantity, price_limit, deadline):
            return system.decrease(account, position, quantity, price_limit, deadline)
        case Close(position, price_limit, deadline):
            return system.close(account, position, price_limit, deadline)
        case AddMargin(position, amount):
            return system.add_margin(account, position, amount)
        case WithdrawMargin(position, amount):
            return system.withdraw_margin(account, position, amount)
        case Claim(position):
            return system.claim(account, position, account)
        case LiquidateBatch(ids):
            return system.liquidate_batch(account, ids)
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
    DepositLiquidity: "deposit",
    RequestWithdrawal: "request_withdrawal",
    WithdrawLiquidity: "redeem",
}
