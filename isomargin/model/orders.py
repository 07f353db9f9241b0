"""Orders that wait for a price, beside the market: what placing, executing and cancelling does or refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from isomargin.model.market import MarketModel
from isomargin.model.results import TradeResult
from isomargin.model.terms import Moment, Rejected

__all__ = [
    "ORDER_BATCH_LIMIT",
    "TRIGGER_ORDERS",
    "OrderKind",
    "OrderOutcome",
    "TriggerOrder",
    "TriggerOrdersModel",
]

TRIGGER_ORDERS = "trigger orders"
"""The account that holds all escrow, and the manager of positions that orders reduce."""

ORDER_BATCH_LIMIT = 32
"""Orders that one batch takes."""

_READABLE = range(32, 127)


class OrderKind(IntEnum):
    """What an order is for; the numbers are the contract's."""

    STOP_LOSS = 1
    TAKE_PROFIT = 2
    LIMIT = 3


@dataclass(frozen=True, slots=True)
class TriggerOrder:
    """An open order.

    Attributes
    ----------
    owner : str
    kind : OrderKind
    is_long : bool
        The side of the position.
    position_id : int
        The position to reduce; 0 for a limit order.
    quantity : int
        WAD base; 0 for all of a position.
    deposit : int
        Of a limit order, for margin and keeper reserve, token units.
    fee : int
        The executor's, token units.
    trigger_price, price_limit : int
        WAD quote per base.
    deadline : int
        Unix seconds.
    placed_round : int
        The oracle's round that was known when it was placed.
    oracle : str
        The market's at that time.
    """

    owner: str
    kind: OrderKind
    is_long: bool
    position_id: int
    quantity: int
    deposit: int
    fee: int
    trigger_price: int
    price_limit: int
    deadline: int
    placed_round: int
    oracle: str

    @property
    def escrow(self) -> int:
        """All that was put aside for it, token units."""
        return self.deposit + self.fee

    def is_triggered(self, price: int) -> bool:
        """Whether the price, WAD, has reached or passed its trigger."""
        waits_for_a_fall = {
            OrderKind.STOP_LOSS: self.is_long,
            OrderKind.TAKE_PROFIT: not self.is_long,
            OrderKind.LIMIT: self.is_long,
        }
        if waits_for_a_fall[self.kind]:
            return price <= self.trigger_price
        return price >= self.trigger_price


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """What became of an order that was executed or ended.

    Attributes
    ----------
    order_id : int
    trade : TradeResult or None
        What the market did; None if the order ended without a trade.
    reason : str
        Why it ended; empty if it was executed.
    fee : int
        Due to whoever executed it, token units.
    """

    order_id: int
    trade: TradeResult | None
    reason: str
    fee: int


class TriggerOrdersModel:
    """All open orders on one market.

    Actions take the caller's account first, as the market's do; those that look at the oracle also take the
    `Moment` and its round. They raise `Rejected` with the contract's reason and change nothing.

    Parameters
    ----------
    market : MarketModel
        Its token holds the escrow, at the account `TRIGGER_ORDERS`.
    min_fee : int
        Least fee of an order, token units.

    Attributes
    ----------
    oracle : str
        The market's oracle now.
    orders : dict of int to TriggerOrder
        The open ones by id.
    claimable : dict of str to int
        What the token refused to pay, by whom it belongs to.
    last_id : int
        Of the newest order; 0 before the first.
    """

    def __init__(self, market: MarketModel, min_fee: int = 0) -> None:
        self.market = market
        self.min_fee = min_fee
        self.oracle = "oracle"
        self.orders: dict[int, TriggerOrder] = {}
        self.claimable: dict[str, int] = {}
        self.last_id = 0

    @property
    def holdings(self) -> int:
        """What must be there: all escrows, and all that is kept for somebody; token units."""
        return sum(order.escrow for order in self.orders.values()) + sum(self.claimable.values())

    # Placing

    def place_reduce(
        self,
        caller: str,
        position_id: int,
        kind: int,
        quantity: int,
        trigger_price: int,
        price_limit: int,
        deadline: int,
        fee: int,
        at: Moment,
        round_id: int,
    ) -> int:
        """Place a stop-loss or a take-profit; returns the order's id."""
        if kind not in (OrderKind.STOP_LOSS, OrderKind.TAKE_PROFIT):
            raise Rejected("orders: wrong kind")
        _check_terms(trigger_price, deadline, at)
        record = self.market.record(position_id)
        if record is None or record.size == 0:
            raise Rejected("orders: no such position")
        if record.owner != caller:
            raise Rejected("orders: not owner")
        if record.manager != TRIGGER_ORDERS:
            raise Rejected("orders: not manager")
        _check_round(round_id)
        arrived = self._arriving(caller, fee)
        self._check_fee(arrived)
        order = TriggerOrder(
            owner=caller,
            kind=OrderKind(kind),
            is_long=record.size > 0,
            position_id=position_id,
            quantity=quantity,
            deposit=0,
            fee=arrived,
            trigger_price=trigger_price,
            price_limit=price_limit,
            deadline=deadline,
            placed_round=round_id,
            oracle=self.oracle,
        )
        return self._place(order, fee)

    def place_limit(
        self,
        caller: str,
        size: int,
        margin: int,
        trigger_price: int,
        price_limit: int,
        deadline: int,
        fee: int,
        at: Moment,
        round_id: int,
    ) -> int:
        """Place an order to open a position; returns the order's id."""
        if size == 0:
            raise Rejected("orders: size is zero")
        if abs(size) >= 2**127:
            raise Rejected("orders: size too large")
        _check_terms(trigger_price, deadline, at)
        self._check_fee(fee)
        _check_round(round_id)
        reserve = self.market.parameters.keeper_reserve
        asked = margin + reserve + fee
        arrived = self._arriving(caller, asked)
        if arrived < fee + reserve:
            raise Rejected("orders: margin below reserve")
        order = TriggerOrder(
            owner=caller,
            kind=OrderKind.LIMIT,
            is_long=size > 0,
            position_id=0,
            quantity=abs(size),
            deposit=arrived - fee,
            fee=fee,
            trigger_price=trigger_price,
            price_limit=price_limit,
            deadline=deadline,
            placed_round=round_id,
            oracle=self.oracle,
        )
        return self._place(order, asked)

    # Executing

    def execute(self, caller: str, order_id: int, at: Moment, round_id: int) -> OrderOutcome:
        """Execute an order that is due, or end one that never can be; refuse while it has to wait."""
        order = self.orders.get(order_id)
        if order is None:
            raise Rejected("orders: no such order")
        if reason := self._ending(order, at):
            return self._end(caller, order_id, reason)
        _check_due(order, at, round_id)
        if order.kind is OrderKind.LIMIT:
            self._check_entry(at)
            if order.deposit < self.market.parameters.keeper_reserve:
                return self._end(caller, order_id, "orders: deposit below reserve")
        try:
            trade = self._ask_market(order, at)
        except Rejected as refused:
            return self._end(caller, order_id, _readable(refused.reason))
        del self.orders[order_id]
        self._pay(caller, order.fee)
        return OrderOutcome(order_id, trade, "", order.fee)

    def execute_batch(
        self, caller: str, order_ids: Sequence[int], at: Moment, round_id: int
    ) -> tuple[OrderOutcome, ...]:
        """Execute or end what is due of at most 32 orders; those that have to wait are skipped."""
        if len(order_ids) > ORDER_BATCH_LIMIT:
            raise Rejected("")
        outcomes = []
        for order_id in order_ids:
            try:
                outcomes.append(self.execute(caller, order_id, at, round_id))
            except Rejected:
                continue
        return tuple(outcomes)

    # Taking back

    def cancel(self, caller: str, order_id: int) -> None:
        """Take an order back, with its whole escrow."""
        order = self.orders.get(order_id)
        if order is None:
            raise Rejected("orders: no such order")
        if order.owner != caller:
            raise Rejected("orders: not owner")
        del self.orders[order_id]
        self._pay(order.owner, order.escrow)

    def claim(self, caller: str, receiver: str) -> int:
        """Take out what the token refused to pay the caller; returns what left."""
        amount = self.claimable.get(caller, 0)
        if amount == 0:
            raise Rejected("orders: nothing to claim")
        self.market.token.transfer(TRIGGER_ORDERS, receiver, amount)
        del self.claimable[caller]
        return amount

    # Steps

    def _check_fee(self, fee: int) -> None:
        if fee < self.min_fee:
            raise Rejected("orders: fee too low")

    def _arriving(self, payer: str, amount: int) -> int:
        """What would arrive of an amount that the payer can pay."""
        token = self.market.token
        if TRIGGER_ORDERS in token.blocked:
            raise Rejected("token: refused")
        if amount > token.balance(payer):
            raise Rejected("token: insufficient balance")
        return token.arriving(amount)

    def _place(self, order: TriggerOrder, asked: int) -> int:
        if order.fee >= 2**96 or order.deposit >= 2**128:
            raise Rejected("orders: amount too large")
        self.market.token.transfer(order.owner, TRIGGER_ORDERS, asked)
        self.last_id += 1
        self.orders[self.last_id] = replace(
            order,
            quantity=min(order.quantity, 2**128 - 1),
            price_limit=min(order.price_limit, 2**160 - 1),
            deadline=min(order.deadline, 2**64 - 1),
        )
        return self.last_id

    def _ending(self, order: TriggerOrder, at: Moment) -> str:
        """Why the order can never execute; empty if it can."""
        if at.now > order.deadline:
            return "orders: deadline passed"
        if order.oracle != self.oracle:
            return "orders: oracle replaced"
        if order.kind is not OrderKind.LIMIT and self._size_left(order) == 0:
            return "orders: position gone"
        return ""

    def _size_left(self, order: TriggerOrder) -> int:
        """What its position has on its side, WAD base."""
        record = self.market.record(order.position_id)
        size = 0 if record is None else record.size
        return max(size if order.is_long else -size, 0)

    def _check_entry(self, at: Moment) -> None:
        if self.market.opening_paused:
            raise Rejected("market: opening paused")
        at.entry_price()

    def _ask_market(self, order: TriggerOrder, at: Moment) -> TradeResult:
        market, limit, deadline = self.market, order.price_limit, order.deadline
        if order.kind is OrderKind.LIMIT:
            size = order.quantity if order.is_long else -order.quantity
            margin = order.deposit - market.parameters.keeper_reserve
            return market.open(TRIGGER_ORDERS, size, margin, limit, deadline, at, order.owner)
        if 0 < order.quantity < self._size_left(order):
            return market.decrease(TRIGGER_ORDERS, order.position_id, order.quantity, limit, deadline, at)
        return market.close(TRIGGER_ORDERS, order.position_id, limit, deadline, at)

    def _end(self, caller: str, order_id: int, reason: str) -> OrderOutcome:
        order = self.orders.pop(order_id)
        self._pay(order.owner, order.deposit)
        self._pay(caller, order.fee)
        return OrderOutcome(order_id, None, reason, order.fee)

    def _pay(self, receiver: str, amount: int) -> None:
        """Pay, or keep for the receiver what the token refuses to pay."""
        if amount == 0:
            return
        try:
            self.market.token.transfer(TRIGGER_ORDERS, receiver, amount)
        except Rejected:
            self.claimable[receiver] = self.claimable.get(receiver, 0) + amount


def _check_terms(trigger_price: int, deadline: int, at: Moment) -> None:
    if at.now > deadline:
        raise Rejected("orders: deadline passed")
    if not 0 < trigger_price < 2**96:
        raise Rejected("orders: trigger out of range")


def _check_round(round_id: int) -> None:
    if round_id == 0:  # the oracle has none to show, so whatever comes next might be known already
        raise Rejected("orders: no round known")


def _check_due(order: TriggerOrder, at: Moment, round_id: int) -> None:
    if round_id <= order.placed_round:
        raise Rejected("orders: needs a later round")
    if not order.is_triggered(at.good_price()):
        raise Rejected("orders: not triggered")


def _readable(reason: str) -> str:
    """A reason as an event tells it."""
    if 1 <= len(reason) <= 32 and all(ord(character) in _READABLE for character in reason):
        return reason
    return "orders: market refused"
