"""From what a keeper proposes to the transaction that asks for it, in a run and over a socket alike."""

from __future__ import annotations

from isomargin.agents import CallMargin, Deleverage, ExecuteOrders, LiquidateBatch
from isomargin.chain import Transaction
from isomargin.protocol import System

__all__ = ["KeeperAction", "transaction_for"]

KeeperAction = LiquidateBatch | CallMargin | Deleverage | ExecuteOrders
"""What keepers do."""


def transaction_for(system: System, account: str, action: KeeperAction) -> Transaction:
    """Write the transaction that an action asks for."""
    match action:
        case LiquidateBatch(ids):
            return system.liquidate_batch(account, ids)
        case CallMargin(position):
            return system.call_margin(account, position)
        case Deleverage(position, price_limit):
            return system.deleverage(account, position, price_limit)
        case ExecuteOrders(orders):
            return system.execute_orders(account, orders)
