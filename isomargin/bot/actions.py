"""Between what a keeper proposes and what a chain takes: call data read back, effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from isomargin.agents import CallMargin, Deleverage, ExecuteOrders, LiquidateBatch
from isomargin.chain import Contract, Log
from isomargin.chain.abi import decode_arguments
from isomargin.errors import ChainError
from isomargin.keepers import KeeperAction
from isomargin.protocol import System

__all__ = [
    "Effects",
    "action_in",
    "action_name",
    "effects_of",
    "entries_of",
]


@dataclass(frozen=True, slots=True)
class Effects:
    """What a transaction changed: the positions or orders, and what it earned, WAD quote."""

    entries: tuple[int, ...] = ()
    reward: int = 0


def action_in(system: System, to: str | None, data: bytes) -> KeeperAction | None:
    """Read a keeper's call data back; None if it is something else."""
    known: Sequence[tuple[Contract, str, int, Callable[..., KeeperAction]]] = (
        (system.market, "liquidate_batch", 1, LiquidateBatch),
        (system.market, "deleverage", 2, Deleverage),
        (system.margin_calls, "call_margin", 1, CallMargin),
        (system.trigger_orders, "execute_batch", 1, ExecuteOrders),
    )
    for contract, name, count, action in known:
        entry = contract.abi.function(name, count)
        if to == contract.address and data[:4] == entry.selector:
            try:
                return action(*decode_arguments(entry.inputs, data[4:]))
            except ChainError:
                return None
    return None


def entries_of(action: KeeperAction | None) -> frozenset[int]:
    """The positions, or for an execution the orders, that an action is about."""
    match action:
        case LiquidateBatch(ids):
            return frozenset(ids)
        case ExecuteOrders(orders):
            return frozenset(orders)
        case None:
            return frozenset()
        case _:
            return frozenset((action.id,))


def action_name(action: KeeperAction | None) -> str:
    """The function of the contract; ``"unknown"`` without an action."""
    return "unknown" if action is None else _NAMES[type(action)]


def effects_of(system: System, account: str, logs: Sequence[Log]) -> Effects:
    """Find in a receipt's logs what `account` has done for the market and what it was paid for it."""
    entries, tokens = [], 0
    for seen in system.events(tuple(logs)):
        args: Any = seen.event.args
        match seen.event.name:
            case "PositionLiquidated" if args["keeper"] == account:
                entries.append(args["id"])
                tokens += args["reward"]
            case "OrderExecuted" if args["executor"] == account:
                entries.append(args["order_id"])
                tokens += args["fee"]
            case "OrderCancelled" if args["by"] == account:
                entries.append(args["order_id"])
                tokens += args["fee"]
            case "PositionDeleveraged" if args["caller"] == account:
                entries.append(args["id"])
            case "MarginCalled" | "MarginRestored":
                entries.append(args["id"])
    return Effects(tuple(entries), tokens * system.terms.token_scale)


_NAMES: dict[type[KeeperAction], str] = {
    LiquidateBatch: "liquidate_batch",
    CallMargin: "call_margin",
    Deleverage: "deleverage",
    ExecuteOrders: "execute_batch",
}
