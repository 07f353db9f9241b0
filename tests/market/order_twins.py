"""Trigger orders and their model side by side: every operation goes to both, and both are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from isomargin.chain import Chain, Receipt, Transaction
from isomargin.model import (
    INSURANCE_FUND,
    POOL,
    TRIGGER_ORDERS,
    MarketModel,
    Moment,
    OrderKind,
    OrderOutcome,
    Rejected,
    TriggerOrdersModel,
    vault_of,
)
from isomargin.protocol import Sources
from isomargin.units import WAD, to_wad
from tests.market.storage import balance_of, position_state
from tests.market.world import INSURANCE, POOL_CASH, PURSE, World, build_world, terms_of

__all__ = ["OrderTwins"]

ANY_BUY = 2**255
RECENT = 8  # orders and positions that are compared after every operation
REASONS = {
    "erc20: transfer amount exceeds balance": "token: insufficient balance",
    "token: blacklisted": "token: refused",
}
"""What the token says, in the words of the model."""


class OrderTwins:
    """A market with trigger orders and its model in the same state; three traders, one executor.

    Attributes
    ----------
    seen : Counter
        How often each kind of operation was done, and how often refused or ended for which reason.
    """

    def __init__(self, decimals: int, luck: np.random.Generator) -> None:
        self.luck = luck
        terms = terms_of(decimals, max_funding_rate=to_wad("0.2"), max_skew=60 * WAD)
        terms = replace(terms, min_order_fee=10**decimals // 2)
        self.world: World = build_world(Chain(), terms, Sources(token="testing/BlacklistToken"))
        self.system, self.chain = self.world.system, self.world.chain
        self.unit = 10**decimals
        self.people = [self.world.trader, self.world.rival, self.world.stranger]
        self.executor = self.world.keeper
        for transaction in self.system.fund(self.world.stranger, PURSE * self.unit):
            self.chain.send(transaction)
        for person in self.people:
            self.chain.send(self.system.approve(person, self.system.trigger_orders))
        self.market = MarketModel(
            terms.parameters,
            terms.risk,
            token_decimals=decimals,
            started_at=self.chain.timestamp,
            admin=self.system.admin,
            guardian=self.system.guardian,
        )
        self.orders = TriggerOrdersModel(self.market, terms.min_order_fee)
        for person in self.people:
            self.market.token.mint(person, PURSE * self.unit)
        self.market.pool_deposit(POOL_CASH * self.unit)
        self.market.token.mint(INSURANCE_FUND, INSURANCE * self.unit)
        self.price, self.round_id, self.pushed_at = terms.first_price, 1, self.chain.timestamp
        self.vaults: dict[int, str] = {}
        self.seen: Counter[str] = Counter()
        self.moves: list[Callable[[], None]] = [
            *[self.place_limit, self.place_reduce, self.reach] * 6,
            *[self.execute, self.execute, self.push, self.batch, self.cancel],
            *[self.open, self.open, self.open, self.close, self.liquidate],
            *[self.block, self.pause, self.approve, self.approve, self.reserve, self.claim, self.wait],
        ]

    # Chance

    def step(self) -> None:
        """One operation at random, and everything compared."""
        self.moves[self.number(0, len(self.moves) - 1)]()
        self.compare()

    def number(self, least: int, most: int) -> int:
        return int(self.luck.integers(least, most + 1))

    def person(self) -> str:
        """Somebody whom the token lets pay; the model refuses receivers only."""
        free = [person for person in self.people if person not in self.market.token.blocked]
        return free[self.number(0, len(free) - 1)]

    def near(self, spread: int = 6) -> int:
        """A price within some percent of the market's."""
        return self.price * (1_000 + self.number(-10 * spread, 10 * spread)) // 1_000

    def base(self) -> int:
        return self.number(1, 24) * WAD * (-1) ** self.number(0, 1)

    def some_id(self) -> int:
        """A position, mostly an open one."""
        return self.mostly(self.market.open_ids(), self.market.books.last_id)

    def some_order(self) -> int:
        """An order, mostly an open one."""
        return self.mostly(list(self.orders.orders), self.orders.last_id)

    def mostly(self, open_ids: list[int], last: int) -> int:
        if open_ids and self.number(0, 9):
            return open_ids[self.number(0, len(open_ids) - 1)]
        return self.number(max(1, last - 8), max(1, last) + 1)

    def deadline(self) -> int:
        return self.chain.timestamp + self.number(1, 2_000) * 60

    # Operations

    def place_limit(self) -> None:
        size, fee = self.base(), self.number(0, 5) * self.unit
        margin = abs(size) * 100 // WAD * self.unit * self.number(4, 24) // 100
        limit = self.near(2) if self.number(0, 2) == 0 else (ANY_BUY if size > 0 else 0)
        terms = (size, margin, self.near(2), limit, self.deadline(), fee)
        who = self.person()
        self.both("place_limit", self.system.place_limit(who, *terms), who, *terms)

    def place_reduce(self) -> None:
        position = self.some_id()
        record = self.market.record(position)
        who = record.owner if record is not None and self.number(0, 9) else self.person()
        if who in self.market.token.blocked:
            return
        kind = OrderKind(self.number(1, 2))
        quantity = self.number(0, 2) * self.number(1, 12) * WAD
        any_limit = 0 if record is None or record.size > 0 else ANY_BUY
        limit = self.near(2) if self.number(0, 2) == 0 else any_limit
        terms = (
            position,
            kind,
            quantity,
            self.near(2),
            limit,
            self.deadline(),
            self.number(0, 5) * self.unit,
        )
        self.both("place_reduce", self.system.place_reduce(who, *terms), who, *terms)

    def execute(self) -> None:
        order = self.some_order()
        self.both("execute", self.system.execute_order(self.executor, order), self.executor, order)

    def batch(self) -> None:
        ids = [self.some_order() for _ in range(6)]
        self.both("execute_batch", self.system.execute_orders(self.executor, ids), self.executor, ids)

    def cancel(self) -> None:
        order = self.some_order()
        placed = self.orders.orders.get(order)
        who = placed.owner if placed is not None and self.number(0, 4) else self.person()
        self.both("cancel", self.system.cancel_order(who, order), who, order)

    def claim(self) -> None:
        who = next(iter(self.orders.claimable or self.people))
        receiver = self.person()
        call = self.system.trigger_orders.transaction("claim", receiver, sender=who)
        self.both("claim", call, who, receiver)

    def open(self) -> None:
        size = self.base()
        margin = abs(size) * 100 // WAD * self.unit * self.number(8, 60) // 100
        limit = ANY_BUY if size > 0 else 0
        who, deadline = self.person(), self.deadline()
        terms = (size, margin, limit, deadline)
        if self.market_too("open", self.system.open(who, *terms), who, *terms):
            self.approve(self.market.books.last_id)

    def approve(self, position: int | None = None) -> None:
        """Let trigger orders manage a position, or take the approval back."""
        chosen = self.some_id() if position is None else position
        record = self.market.record(chosen)
        if record is None:
            return
        gives = position is not None or self.number(0, 2) > 0
        manager = self.system.trigger_orders.address if gives else self.executor
        call = self.system.approve_manager(record.owner, chosen, manager)
        self.market_too("approve", call, record.owner, chosen, TRIGGER_ORDERS if gives else self.executor)

    def close(self) -> None:
        record = self.market.record(position := self.some_id())
        if record is not None:
            terms = (position, 0 if record.size > 0 else ANY_BUY, self.deadline())
            self.market_too("close", self.system.close(record.owner, *terms), record.owner, *terms)

    def liquidate(self) -> None:
        position = self.some_id()
        call = self.system.liquidate(self.executor, position)
        self.market_too("liquidate", call, self.executor, position)

    def push(self, chosen: int | None = None) -> None:
        price = max(60 * WAD, min(self.near(4), 160 * WAD)) if chosen is None else chosen
        self.chain.send(self.system.push_price(price))
        self.price, self.round_id, self.pushed_at = price, self.round_id + 1, self.chain.timestamp

    def reach(self) -> None:
        """Move the price to the trigger of an open order, and execute it."""
        order = self.some_order()
        placed = self.orders.orders.get(order)
        if placed is not None and 60 * WAD <= placed.trigger_price <= 160 * WAD:
            self.push(placed.trigger_price)
        self.both("execute", self.system.execute_order(self.executor, order), self.executor, order)

    def wait(self) -> None:
        """Let an hour pass, and once in a while the price grow stale."""
        stale = self.number(0, 3) == 0
        self.chain.mine(timestamp=self.chain.timestamp + (90_000 if stale else 3_600))

    def block(self) -> None:
        """Let the token shut one account out, and all others in."""
        accounts = [*self.people, self.executor]
        out = self.number(0, 7)
        for place, account in enumerate(accounts):
            call = ("set_blacklisted", account, place == out)
            self.system.token.transact(*call, sender=self.system.admin)
        self.market.token.blocked = {account for place, account in enumerate(accounts) if place == out}

    def pause(self) -> None:
        if self.market.opening_paused:
            self.world.act("resume_opening", sender=self.system.admin)
            self.market.resume_opening(self.system.admin)
        elif self.number(0, 2) == 0:
            self.world.act("pause_opening", sender=self.system.guardian)
            self.market.pause_opening(self.system.guardian)

    def reserve(self) -> None:
        """Change what a position has to put aside for its liquidator."""
        reserve = self.number(1, 30) * self.unit
        new = replace(self.market.parameters, keeper_reserve=reserve)
        call = self.system.market.transaction("set_parameters", parameters_of(new), sender=self.system.admin)
        self.market_too("set_parameters", call, self.system.admin, new)

    # Both

    def moment(self) -> Moment:
        now = self.chain.timestamp
        is_stale = now - self.pushed_at > self.system.terms.oracle.max_age
        return Moment(now, self.price, "oracle: price stale" if is_stale else "")

    def both(self, action: str, call: Transaction, *args: Any) -> None:
        """Do it to the contract, then to the model, and compare what they say."""
        receipt = self.mined(call)
        asks_oracle = () if action in ("cancel", "claim") else (self.moment(), self.round_id)
        try:
            result = getattr(self.orders, action)(*args, *asks_oracle)
        except Rejected as refused:
            self.check_refusal(action, receipt, refused)
            return
        assert receipt.success, f"{action}{args}: the contract refuses: {receipt.revert_reason}"
        self.seen[action] += 1
        outcomes = result if isinstance(result, tuple) else (result,)
        expected = [self.expected(one) for one in outcomes if isinstance(one, OrderOutcome)]
        if action in ("execute", "execute_batch"):
            assert self.told(receipt) == expected, (action, args)
        for outcome in outcomes:
            if isinstance(outcome, OrderOutcome):
                self.seen[f"order: {outcome.reason or 'executed'}"] += 1

    def market_too(self, action: str, call: Transaction, *args: Any) -> bool:
        """The same with an action of the market."""
        receipt = self.mined(call)
        at = () if action == "approve" else (self.moment(),)
        try:
            getattr(self.market, action)(*args, *at)
        except Rejected as refused:
            self.check_refusal(action, receipt, refused)
            return False
        assert receipt.success, f"{action}{args}: the contract refuses: {receipt.revert_reason}"
        self.seen[action] += 1
        return True

    def mined(self, call: Transaction) -> Receipt:
        (receipt,) = self.chain.mine([call], timestamp=self.chain.timestamp + self.number(1, 60)).receipts
        return receipt

    def check_refusal(self, action: str, receipt: Receipt, refused: Rejected) -> None:
        assert not receipt.success, f"{action}: the model refuses: {refused.reason}"
        assert REASONS.get(receipt.revert_reason, receipt.revert_reason) == refused.reason
        self.seen[f"{action}: {refused.reason}"] += 1

    def expected(self, outcome: OrderOutcome) -> tuple[Any, ...]:
        reason = REASONS.get(outcome.reason, outcome.reason)
        if outcome.trade is not None:
            return (
                "OrderExecuted",
                outcome.order_id,
                self.executor,
                outcome.trade.position_id,
                self.price,
                outcome.fee,
            )
        return ("OrderCancelled", outcome.order_id, self.executor, reason, outcome.fee)

    def told(self, receipt: Receipt) -> list[tuple[Any, ...]]:
        """What the contract's events say of orders; what the market's say is compared by their effect."""
        return [
            (event.name, *event.args.values())
            for event in self.system.trigger_orders.events(receipt.logs)
            if event.name in ("OrderExecuted", "OrderCancelled")
        ]

    # Comparing

    def compare(self) -> None:
        """Balances to the unit, open orders, what is kept, and every position."""
        contract, model = self.system.trigger_orders, self.orders
        assert contract.call("last_id") == model.last_id
        for order_id in range(max(1, model.last_id - RECENT), model.last_id + 1):
            found, placed = contract.call("order", order_id), model.orders.get(order_id)
            assert placed is not None or set(found[3:11]) == {0}
            if placed is not None:
                figures = (
                    placed.position_id,
                    placed.quantity,
                    placed.deposit,
                    placed.fee,
                    placed.trigger_price,
                )
                ends = (placed.price_limit, placed.deadline, placed.placed_round)
                assert found[:11] == (placed.owner, placed.kind, placed.is_long, *figures, *ends)
        assert self.balance(contract.address) == model.holdings
        assert model.holdings == self.market.token.balance(TRIGGER_ORDERS)
        for person in (*self.people, self.executor):
            assert self.balance(person) == self.market.token.balance(person)
            assert contract.call("claimable", person) == model.claimable.get(person, 0)
        assert self.balance(self.system.pool.address) == self.market.token.balance(POOL)
        last = self.market.books.last_id
        for position_id in range(max(1, last - RECENT), last + 1):
            self.compare_position(position_id)

    def compare_position(self, position_id: int) -> None:
        """As it is stored, and what its vault holds."""
        record = self.market.record(position_id)
        assert record is not None
        if position_id not in self.vaults:
            self.vaults[position_id] = self.system.market.call("position", position_id)[1]
        owner, *figures = position_state(self.system.market, position_id)
        assert owner == int(record.owner, 16)
        assert figures == [record.size, record.cost, record.funding_index, record.keeper_reserve]
        assert self.balance(self.vaults[position_id]) == self.market.token.balance(vault_of(position_id))

    def balance(self, account: str) -> int:
        return balance_of(self.system.token, account)


def parameters_of(parameters: Any) -> tuple[int, ...]:
    """The struct in the order of the contract."""
    return tuple(getattr(parameters, name) for name in type(parameters).__dataclass_fields__)
