"""Transactions of bots that the scenario does not know, told in the words of the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isomargin.chain import Transaction
from isomargin.chain.signed import SignedTransaction
from isomargin.protocol import System
from isomargin.simulation.orders import Actor, Order

__all__ = ["order_of"]

_ON_POSITIONS = ("liquidate", "liquidate_batch", "call_margin", "deleverage")
_ON_ORDERS = {"execute": "execute_orders", "execute_batch": "execute_orders"}
_NAMES = {"liquidate": "liquidate_batch", **_ON_ORDERS}
"""The record has one name for doing a thing alone and doing it in a batch."""


def order_of(
    transaction: SignedTransaction, system: System, actors: Mapping[str, Actor], base_fee: int
) -> Order:
    """Tell who sent a transaction, and what for.

    Parameters
    ----------
    transaction : SignedTransaction
    system : System
        Whose functions are known; anything else is a ``"transfer"`` or a ``"call"``.
    actors : mapping of str to Actor
        Who is known, by account. A stranger is called by its address, and is a keeper if it does what keepers
        do, else a trader.
    base_fee : int
        Of the block, wei a gas.
    """
    name, args = _call(transaction, system)
    does_keeping = name in _ON_POSITIONS or name in _ON_ORDERS
    actor = actors.get(transaction.sender) or Actor(
        transaction.sender, transaction.sender, "keeper" if does_keeping else "trader"
    )
    ids = _ids(args) if does_keeping else ()
    return Order(
        actor,
        _NAMES.get(name, name),
        Transaction(
            transaction.sender,
            transaction.to,
            transaction.data,
            transaction.value,
            transaction.gas,
            transaction.effective_price(base_fee),
        ),
        positions=ids if name in _ON_POSITIONS else (),
        trigger_orders=ids if name in _ON_ORDERS else (),
    )


def _call(transaction: SignedTransaction, system: System) -> tuple[str, tuple[Any, ...]]:
    if transaction.to is None:
        return "create", ()
    for contract in system.contracts.values():
        if contract.address == transaction.to:
            return contract.abi.read_call(transaction.data) or ("call", ())
    return ("call" if transaction.data else "transfer"), ()


def _ids(args: tuple[Any, ...]) -> tuple[int, ...]:
    first = args[0]
    return tuple(first) if isinstance(first, tuple | list) else (first,)
