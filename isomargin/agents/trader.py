"""A trader: opens one position, then holds, tops up or closes it by its habits."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from isomargin.agents.actions import Action, AddMargin, CancelOrder, Close, Open
from isomargin.agents.order_habits import OrderHabits
from isomargin.agents.view import HeldPosition, MarketView
from isomargin.units import WAD

__all__ = ["Behaviour", "Trader"]

_PATIENCE = 3  # steps in which an opening that the market refused is tried again


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The habits of a trader; None turns one off.

    Attributes
    ----------
    close_probability : float
        Of closing for no reason that a price shows, at each step.
    take_profit, stop_loss : int or None
        Closes once equity is this share of the first margin above, below it; WAD.
    top_up_below, top_up_amount : int or None, int
        Adds margin, once, when equity falls under the first as a share of the first margin; how much, as a
        share of it; WAD.
    slippage : int
        How much worse than the oracle price a fill may be, WAD ratio.
    deadline : int
        Seconds that a trade stays valid.
    orders : OrderHabits or None
        What it leaves to trigger orders.
    """

    close_probability: float = 0.0
    take_profit: int | None = None
    stop_loss: int | None = None
    top_up_below: int | None = None
    top_up_amount: int = WAD
    slippage: int = WAD // 100
    deadline: int = 3_600
    orders: OrderHabits | None = None


@dataclass
class Trader:
    """One trader with at most one position in its life.

    Attributes
    ----------
    name, account : str
        As people call it, and what owns its position on the chain.
    is_long : bool
    notional : int
        Of the position when it opens, WAD quote.
    leverage : int
        Notional over margin, WAD.
    opens_at : int
        Step in which it opens; it tries again in the two that follow when the market refuses.
    behaviour : Behaviour
    """

    name: str
    account: str
    is_long: bool
    notional: int
    leverage: int
    opens_at: int
    behaviour: Behaviour = field(default_factory=Behaviour)
    _has_entered: bool = field(default=False, init=False, repr=False, compare=False)
    _has_topped_up: bool = field(default=False, init=False, repr=False, compare=False)
    _has_ordered: bool = field(default=False, init=False, repr=False, compare=False)
    _has_protected: bool = field(default=False, init=False, repr=False, compare=False)

    def act(self, view: MarketView, random: np.random.Generator) -> list[Action]:
        """What it proposes at this step; to be asked once a step.

        Parameters
        ----------
        view : MarketView
        random : numpy.random.Generator
            One draw for each position held, if there is a probability of closing.
        """
        held = view.positions_of(self.account)
        self._has_entered = self._has_entered or bool(held)
        if not view.price:
            return []
        if held:
            return [action for position in held for action in self._tend(position, view, random)]
        if self._has_entered and self.behaviour.orders is not None:
            return [CancelOrder(order) for order in view.orders_of(self.account)]
        if not self._has_entered and self.opens_at <= view.step < self.opens_at + _PATIENCE:
            return self._open(view)
        return []

    def margin(self, token_decimals: int) -> int:
        """What it puts behind its position, token units, rounded up so that leverage is not exceeded."""
        scale: int = 10 ** (18 - token_decimals)
        return -(-self.notional * WAD // (self.leverage * scale))

    def order_costs(self, token_decimals: int) -> int:
        """What it pays at most for the execution of its trigger orders, token units."""
        orders = self.behaviour.orders
        return orders.costs(token_decimals) if orders is not None else 0

    def _open(self, view: MarketView) -> list[Action]:
        orders = self.behaviour.orders
        if orders is not None and orders.entry is not None:
            if self._has_ordered:
                return []
            self._has_ordered = True
            return orders.entry_order(self.is_long, self.notional, self.margin(view.token_decimals), view)
        quantity = self.notional * WAD // view.price
        if not quantity:
            return []
        size = quantity if self.is_long else -quantity
        return [
            Open(size, self.margin(view.token_decimals), self._price_limit(size, view), self._deadline(view))
        ]

    def _tend(self, position: HeldPosition, view: MarketView, random: np.random.Generator) -> list[Action]:
        habits = self.behaviour
        leaves = habits.close_probability > 0 and random.random() < habits.close_probability
        if habits.orders is not None and not self._has_protected:
            self._has_protected = True
            return habits.orders.protection(position, view)
        first_margin = self.margin(view.token_decimals) * 10 ** (18 - view.token_decimals)
        equity = view.equity(position)
        gain = (equity - first_margin) * WAD
        if habits.take_profit is not None and gain >= habits.take_profit * first_margin:
            leaves = True
        if habits.stop_loss is not None and gain <= -habits.stop_loss * first_margin:
            leaves = True
        if leaves and equity > 0:  # the market does not let an insolvent position leave by itself
            return [Close(position.id, self._price_limit(-position.size, view), self._deadline(view))]
        if (
            habits.top_up_below is not None
            and not self._has_topped_up
            and equity * WAD < habits.top_up_below * first_margin
        ):
            self._has_topped_up = True
            amount = self.margin(view.token_decimals) * habits.top_up_amount // WAD
            return [AddMargin(position.id, amount)] if amount else []
        return []

    def _price_limit(self, delta: int, view: MarketView) -> int:
        if delta > 0:
            return view.price * (WAD + self.behaviour.slippage) // WAD
        return max(0, view.price * (WAD - self.behaviour.slippage) // WAD)

    def _deadline(self, view: MarketView) -> int:
        return view.timestamp + self.behaviour.deadline
