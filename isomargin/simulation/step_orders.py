"""From a step of a script to its transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from isomargin.book import Book
from isomargin.chain import Transaction
from isomargin.errors import ChainError
from isomargin.model import OrderKind
from isomargin.protocol import System
from isomargin.scenario import Scenario
from isomargin.scenario.action_sections import (
    CallAction,
    OpenAction,
    ParametersAction,
    PlaceLimitAction,
    PlaceReduceAction,
)
from isomargin.scenario.script_sections import StepSection
from isomargin.simulation.arguments import arguments_for
from isomargin.simulation.cast import Cast
from isomargin.simulation.orders import Order
from isomargin.units import WAD

__all__ = ["StepWriter"]

_ANY_PRICE = 2**96 - 1
"""Above every price that the contracts know."""

_IN_BASE = ("skew_scale", "max_open_interest", "max_skew")

_SHARE_DECIMALS = 6
"""Digits that a pool share has more than the token."""


@dataclass(frozen=True)
class _Written:
    """A transaction with its name in the record, and what it is about."""

    transaction: Transaction
    action: str
    positions: tuple[int, ...] = ()
    trigger_orders: tuple[int, ...] = ()


class StepWriter:
    """Writes the orders of steps.

    Parameters
    ----------
    scenario : Scenario
    system : System
    cast : Cast
    """

    def __init__(self, scenario: Scenario, system: System, cast: Cast) -> None:
        self._scenario, self._system, self._cast = scenario, system, cast

    def order(self, number: int, book: Book, now: int, gas_price: int) -> Order:
        """Write the order of a step.

        Parameters
        ----------
        number : int
            Its place among the steps, from 0.
        book : Book
            Where positions are looked up.
        now : int
            Time of the block that it is meant for, unix seconds.
        gas_price : int
            The going one, wei.

        Raises
        ------
        ValueError
            If it is about a position or an order that is not there.
        """
        step = self._scenario.steps[number]
        actor = self._cast.actors[step.actor]
        written = self._written(step, actor.account, book, now)
        transaction = replace(
            written.transaction,
            sender=actor.account,
            gas=step.gas,
            gas_price=gas_price * step.gas_bid // WAD,
        )
        return Order(
            actor,
            written.action,
            transaction,
            written.positions,
            written.trigger_orders,
            step=number,
            is_last=step.place == "last",
        )

    def call_data(self, call: CallAction, number_of: Callable[[str], int]) -> bytes:
        """Encode what a `call` asks for.

        Raises
        ------
        ValueError
            If the contract has no such function, or it does not take these arguments.
        """
        if call.data is not None:
            return bytes.fromhex(call.data[2:])
        contract = self._cast.contracts.get(call.contract)
        if contract is None or call.function is None:
            raise ValueError(f"the functions of {call.contract!r} are not known; expected data")
        try:
            function = contract.abi.function(call.function, len(call.args))
            return function.encode(arguments_for(function.inputs, call.args, self._cast.address, number_of))
        except ChainError as error:
            raise ValueError(str(error)) from None

    def _tokens(self, amount: int) -> int:
        return self._scenario.token_units(amount)

    def _written(self, step: StepSection, account: str, book: Book, now: int) -> _Written:
        """One of the three kinds: on a position, on a trigger order, or on neither."""
        details: Any = step.details
        for write in (self._on_position, self._on_order, self._on_pool_and_market):
            written = write(step.action, details, account, book, now)
            if written is not None:
                return written
        return self._by_runners(step.action, details, account, book)

    def _on_position(self, action: str, details: Any, account: str, book: Book, now: int) -> _Written | None:
        system, name = self._system, action
        if action == "liquidate":
            ids = tuple(self._cast.position(one, book) for one in details.positions)
            single = len(ids) == 1
            sent = system.liquidate(account, ids[0]) if single else system.liquidate_batch(account, ids)
            return _Written(sent, "liquidate_batch", ids)
        if not hasattr(details, "position") or isinstance(details, PlaceReduceAction):
            return None
        held = self._cast.position(details.position, book)
        is_long = self._is_long(held, book)
        deadline = now + getattr(details, "deadline", 0)
        match action:
            case "increase":
                limit = _limit(details.price_limit, buys=is_long)
                sent = system.increase(account, held, details.size, limit, deadline)
            case "decrease":
                limit = _limit(details.price_limit, buys=not is_long)
                sent = system.decrease(account, held, details.size, limit, deadline)
            case "close":
                sent = system.close(account, held, _limit(details.price_limit, buys=not is_long), deadline)
            case "add_margin":
                sent = system.add_margin(account, held, self._tokens(details.amount))
            case "withdraw_margin":
                sent = system.withdraw_margin(account, held, self._tokens(details.amount))
            case "claim":
                sent = system.claim(account, held, account)
            case "call_margin":
                sent = system.call_margin(account, held)
            case "deleverage":
                sent = system.deleverage(account, held, _limit(details.price_limit, buys=not is_long))
            case _:  # approve
                manager = self._cast.address(details.manager)
                name = "approve_orders" if manager == system.trigger_orders.address else "approve_manager"
                sent = system.approve_manager(account, held, manager)
        return _Written(sent, name, (held,))

    def _on_order(self, action: str, details: Any, account: str, book: Book, now: int) -> _Written | None:
        system = self._system
        match details:
            case PlaceReduceAction():
                held = self._cast.position(details.position, book)
                kind = OrderKind.STOP_LOSS if action == "place_stop_loss" else OrderKind.TAKE_PROFIT
                sent = system.place_reduce(
                    account,
                    held,
                    kind,
                    details.size or 0,
                    details.trigger,
                    _limit(details.price_limit, buys=not self._is_long(held, book)),
                    now + details.lifetime,
                    self._tokens(details.fee),
                )
                return _Written(sent, "place_reduce", (held,))
            case PlaceLimitAction():
                sent = system.place_limit(
                    account,
                    details.size,
                    self._tokens(details.margin),
                    details.trigger,
                    _limit(details.price_limit, buys=details.size > 0),
                    now + details.lifetime,
                    self._tokens(details.fee),
                )
                return _Written(sent, action)
        if action == "cancel_order":
            return _Written(system.cancel_order(account, self._cast.order(details.order)), action)
        if action == "execute":
            ids = tuple(self._cast.order(one) for one in details.orders)
            single = len(ids) == 1
            sent = system.execute_order(account, ids[0]) if single else system.execute_orders(account, ids)
            return _Written(sent, "execute_orders", trigger_orders=ids)
        return None

    def _on_pool_and_market(
        self, action: str, details: Any, account: str, book: Book, now: int
    ) -> _Written | None:
        system = self._system
        match action:
            case "open":
                return _Written(self._opening(details, account, now), action)
            case "deposit":
                return _Written(system.deposit(account, self._tokens(details.amount)), action)
            case "request_withdrawal":
                shares = self._shares(details.shares, account)
                return _Written(system.request_withdrawal(account, shares), action)
            case "redeem":
                return _Written(system.redeem(account, self._shares(details.shares, account)), action)
            case "transfer":
                receiver, amount = self._cast.address(details.to), self._tokens(details.amount)
                return _Written(
                    system.token.transaction("transfer", receiver, amount, sender=account), action
                )
        return None

    def _by_runners(self, action: str, details: Any, account: str, book: Book) -> _Written:
        """Write what the oracle, the admin and the guardian usually do, and what `call` asks for."""
        system, market = self._system, self._system.market
        match action:
            case "push_price":
                return _Written(system.push_price(details.price), "push")
            case "set_system_multiplier":
                return _Written(system.set_system_multiplier(details.multiplier), action)
            case "set_parameters":
                changed = self._parameters(details)
                return _Written(market.transaction(action, changed, sender=account), action)
            case "pause" | "resume" if details == "oracle":
                return _Written(system.pause() if action == "pause" else system.resume(), action)
            case "pause" | "resume":
                name = f"{action}_opening"
                return _Written(market.transaction(name, sender=account), name)
            case _:
                data = self.call_data(details, lambda name: self._number(name, book))
                to = self._called(details.contract)
                return _Written(Transaction(account, to, data, details.value), details.function or "call")

    def _opening(self, details: OpenAction, account: str, now: int) -> Transaction:
        limit = _limit(details.price_limit, buys=details.size > 0)
        owner = None if details.owner is None else self._cast.address(details.owner)
        margin, deadline = self._tokens(details.margin), now + details.deadline
        return self._system.open(account, details.size, margin, limit, deadline, owner)

    def _called(self, name: str) -> str:
        """Whom a call goes to: a contract before an account, as "oracle" names both."""
        contract = self._cast.contracts.get(name)
        return self._cast.address(name) if contract is None else contract.address

    def _parameters(self, changes: ParametersAction) -> tuple[int, ...]:
        """The market's parameters as they are, with changes; what is quote in the file may be base there."""
        names = list(type(changes).model_fields)
        found = dict(zip(names, self._system.market.call("parameters"), strict=True))
        for name in names:
            amount = getattr(changes, name)
            if amount is None:
                continue
            if name in _IN_BASE:
                amount = amount * WAD // self._system.terms.first_price
            found[name] = self._tokens(amount) if name == "keeper_reserve" else amount
        return tuple(found.values())

    def _number(self, name: str, book: Book) -> int:
        """What a name stands for where a call takes a number: an order, or a position."""
        try:
            return self._cast.order(name)
        except ValueError:
            return self._cast.position(name, book)

    def _shares(self, shares: int | str, account: str) -> int:
        if isinstance(shares, str):
            return int(self._system.pool.call("balanceOf", account))
        decimals = self._scenario.token.decimals + _SHARE_DECIMALS
        scale: int = 10**decimals
        return shares * scale // WAD

    def _is_long(self, held: int, book: Book) -> bool:
        position = book.positions.get(held)
        return position is None or position.size > 0


def _limit(chosen: int | None, *, buys: bool) -> int:
    """The worst price that is accepted; any, if none was chosen."""
    if chosen is not None:
        return chosen
    return _ANY_PRICE if buys else 0
