"""Moves with trigger orders: placed, reached to the unit, executed or ended by anybody, taken back."""

from __future__ import annotations

from typing import Any

from isomargin.model import TRIGGER_ORDERS, OrderKind, TriggerOrder
from isomargin.units import WAD
from tests.fuzz.arena import BLOCK
from tests.fuzz.drawing import NEVER
from tests.fuzz.price_moves import LOWEST, PriceMoves
from tests.market.parity import Operation

__all__ = ["OrderMoves"]


class OrderMoves(PriceMoves):
    """What owners leave to others, and those who do it for a fee."""

    def place_reduce(self) -> None:
        """A stop-loss or a take-profit; most owners make the orders' contract their manager first."""
        arena, id = self.arena, self.position()
        owner, size, record = self.owner_of(id), self.size_of(id), arena.model.record(id)
        if record is not None and record.size and record.manager != TRIGGER_ORDERS and self.chance(0.9):
            arena.act(Operation("approve", record.owner, (id, TRIGGER_ORDERS)))
        kind: Any = int(self.rng.integers(1, 3)) if self.chance(0.97) else self.pick([0, OrderKind.LIMIT, 9])
        quantity = 0 if self.chance(0.4) else self.quantity(size, most=1.2)
        limit = self.limit(-size)
        terms = (id, kind, quantity, self.trigger(), limit, self.order_deadline(), self.fee())
        arena.order("place_reduce", arena.system.place_reduce(owner, *terms), owner, *terms)

    def place_limit(self) -> None:
        """An order to open, with margin enough or just not."""
        arena, trader = self.arena, self.trader()
        notional = self.between(60, 30_000)
        size = int(notional * 10**9) * WAD * WAD // 10**9 // self.price * self.pick([-1, 1])
        margin = self.tokens(notional / self.between(3, 60))
        terms = (size, margin, self.trigger(), self.limit(size), self.order_deadline(), self.fee())
        arena.order("place_limit", arena.system.place_limit(trader, *terms), trader, *terms)

    def pull_the_trigger(self) -> None:
        """Bring the price to an order's trigger, give or take a unit or some percent; try to execute it."""
        arena = self.arena
        orders = arena.orders.orders
        if not orders:
            self.place_limit()
            return
        id = self.pick(list(orders))
        price = orders[id].trigger_price + self.past(orders[id]) * self.pick([-1, 0, 1, self.price // 50])
        if LOWEST < price / self.base_price < 1 / LOWEST:
            self.move_to(price)
        keeper = arena.keeper if self.chance(0.7) else self.trader()
        arena.order("execute", arena.system.execute_order(keeper, id), keeper, id)

    def pull_at_this_price(self) -> None:
        """A later round of the same price, and an order that waits for no other, if there is one."""
        arena = self.arena
        if not arena.orders.orders:
            self.place_limit()
        due = [id for id, order in arena.orders.orders.items() if order.is_triggered(self.price)]
        id = self.pick(due) if due else self.some_order()
        arena.push(arena.round.price)
        keeper = arena.keeper if self.chance(0.7) else self.trader()
        arena.order("execute", arena.system.execute_order(keeper, id), keeper, id)

    def execute(self) -> None:
        """Whatever order, due or not, there or not."""
        keeper, id = self.arena.keeper, self.some_order()
        self.arena.order("execute", self.arena.system.execute_order(keeper, id), keeper, id)

    def execute_batch(self) -> None:
        """Many at once, some of them twice."""
        ids = [self.some_order() for _ in range(self.pick([0, 3, 6]))]
        if self.chance(0.05):
            ids = [10**9] * 33
        keeper = self.arena.keeper
        self.arena.order("execute_batch", self.arena.system.execute_orders(keeper, ids), keeper, ids)

    def cancel(self) -> None:
        """Mostly by the owner."""
        id = self.some_order()
        order = self.arena.orders.orders.get(id)
        owner = order.owner if order is not None and self.chance(0.85) else self.trader()
        self.arena.order("cancel", self.arena.system.cancel_order(owner, id), owner, id)

    def claim_from_orders(self) -> None:
        """There is nothing to claim where the token refuses nobody."""
        caller = self.trader()
        claim = self.arena.system.trigger_orders.transaction("claim", caller, sender=caller)
        self.arena.order("claim from orders", claim, caller, caller, action="claim")

    # Terms

    def some_order(self) -> int:
        """Mostly an open one."""
        open_orders = list(self.arena.orders.orders)
        if open_orders and self.chance(0.85):
            return self.pick(open_orders)
        return self.pick([1, max(1, self.arena.orders.last_id), self.arena.orders.last_id + 1])

    def past(self, order: TriggerOrder) -> int:
        """Which way the price goes on past the trigger."""
        return 1 if order.is_triggered(order.trigger_price + 1) else -1

    def trigger(self) -> int:
        """A price near that of now, rarely none that there could be."""
        if self.chance(0.03):
            return self.pick([0, 2**96])
        return self.price if self.chance(0.2) else int(self.price * self.rng.uniform(0.96, 1.04))

    def fee(self) -> int:
        """Around the least that is asked for."""
        least = self.arena.terms.min_order_fee
        return least + self.pick([-1, 0, 1, least])

    def order_deadline(self) -> int:
        """Mostly far away, at times soon or just passed."""
        now = self.arena.chain.timestamp
        return NEVER if self.chance(0.8) else now + self.pick([BLOCK - 1, BLOCK, 40, 300])
