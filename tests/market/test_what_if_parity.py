"""What the what-if lens says is what happens: seeded questions, each asked and then really acted out.

Every case is a lively market, of tokens of 6 and 18 decimals and in every mode of funding. A question is
put to the lens, then the price is pushed, the clock moved on and the action sent, all on a snapshot that is
thrown away. The chain must refuse with the reason foretold, or do what was foretold, to the unit; and the
position must become liquidatable in the very second foretold, and not in the one before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from isomargin.chain import Receipt, Transaction
from isomargin.protocol import Action, Answer, System, SystemTerms
from isomargin.units import to_wad
from tests.market.generator import OperationGenerator
from tests.market.parity import Operation, Twins
from tests.market.test_model_parity import terms_at
from tests.market.world import ANY_BUY, ANY_SALE, FOREVER

QUESTIONS = 40  # of each case; 320 in all
WARMING = 30
PURSE = 10_000_000
# Largest rate and velocity of each mode: none, proportional, a rate that wanders, one that meets its bound.
FUNDING = {
    "none": ("0", "0"),
    "proportional": ("0.9", "0"),
    "wandering": ("0.9", "4"),
    "bound": ("0.05", "9"),
}
CASES = [(decimals, mode) for mode in FUNDING for decimals in (6, 18)]

ACTIONS = {
    "hold": (Action.HOLD, 2),
    "add_margin": (Action.ADD_MARGIN, 2),
    "withdraw_margin": (Action.WITHDRAW_MARGIN, 3),
    "increase": (Action.INCREASE, 4),
    "decrease": (Action.DECREASE, 3),
    "close": (Action.CLOSE, 3),
    "liquidate": (Action.LIQUIDATE, 4),
    "deleverage": (Action.DELEVERAGE, 2),
    "open": (None, 4),
}
ONE_YEAR = 365 * 86_400

# Where the market refuses these, there is no result, and the position is shown as it stands.
WITHOUT_RESULT = {
    "market: size is zero",
    "market: amount is zero",
    "market: decrease exceeds size",
    "market: amount above margin",
    "market: margin below costs",
    "market: skew beyond scale",
    "market: insolvent",
    "market: position is sound",
    "market: deleverage not needed",
    "market: position not in profit",
}


@dataclass
class Questioner:
    """Puts questions to one market's lens and acts them out."""

    twins: Twins
    draw: OperationGenerator
    rng: np.random.Generator
    refused: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)

    @property
    def system(self) -> System:
        return self.twins.system

    def ask(self) -> None:
        """One question, its answer, and what really happens."""
        names = list(ACTIONS)
        weights = np.array([weight for _, weight in ACTIONS.values()], dtype=float)
        name = str(self.rng.choice(names, p=weights / weights.sum()))
        operation, elapsed = self.operation(name), self.elapsed()
        price = self.price()
        if name in ("liquidate", "deleverage") and self.rng.random() < 0.8:
            price = self.price_beyond(operation.args[0], against=name == "liquidate")
        guards = self.system.terms.oracle
        if price:
            price = min(max(price, guards.min_price + 1), guards.max_price - 1)
        elif self.refusal_now():
            elapsed = 1  # nothing is pushed, and the reason stays
        foretold = self.answer(name, operation, price, elapsed)
        snapshot = self.system.chain.snapshot()
        receipt = self.act(name, operation, price, elapsed)
        self.compare(name, operation, foretold, receipt)
        self.system.chain.revert(snapshot)

    # Questions

    def price(self) -> int:
        """Mostly near the newest, at times that itself."""
        if self.rng.random() < 0.2:
            return 0
        return int(self.draw.price * float(np.exp(self.rng.normal(0, 0.03)))) + int(
            self.rng.integers(0, 1000)
        )

    def price_beyond(self, id: int, *, against: bool) -> int:
        """Where a position is near or beyond its liquidation, or far in profit."""
        view = self.system.position(id)
        if not view.is_open or not view.liquidation_price:
            return self.price()
        down = (view.size > 0) == against
        start, most = (view.liquidation_price, 0.03) if against else (self.draw.price, 0.3)
        move = float(self.rng.uniform(-0.002, most))
        return int(start * (1 - move if down else 1 + move)) + 1

    def elapsed(self) -> int:
        """Seconds to days; a price must not grow stale in them if it is not pushed anew."""
        return int(np.exp(self.rng.uniform(0, np.log(500_000))))

    def operation(self, name: str) -> Operation:
        """An action of the owner's without price limit and deadline."""
        drawn = self.draw.draw["close" if name == "hold" else name]()
        if name == "open":
            size, margin, *_ = drawn.args
            unit = 10**self.system.terms.token_decimals
            return Operation("open", self.twins.traders[0], (size, min(margin, PURSE // 2 * unit)))
        id, *rest = drawn.args
        record = self.twins.model.record(id)
        caller = self.twins.traders[0] if record is None else record.owner
        amount = rest[0] if name in ("add_margin", "withdraw_margin", "increase", "decrease") else 0
        if name == "add_margin":
            amount = min(amount, PURSE // 2 * 10**self.system.terms.token_decimals)
        return Operation(name, caller, (id, amount))

    def answer(self, name: str, operation: Operation, price: int, elapsed: int) -> Answer:
        action, _ = ACTIONS[name]
        if action is None:
            return self.system.what_if_opened(*operation.args, price=price, elapsed=elapsed)
        id, amount = operation.args
        return self.system.what_if(id, action, amount, price=price, elapsed=elapsed)

    # What really happens

    def act(self, name: str, operation: Operation, price: int, elapsed: int) -> Receipt | None:
        """Push the price and send the action, if there is one, in a block of that second."""
        chain = self.system.chain
        pushed = price or (self.newest() if not self.refusal_now() and not self.is_fresh(elapsed) else 0)
        before = [self.system.push_price(pushed)] if pushed else []
        sent = [] if name == "hold" else [self.transaction(name, operation)]
        receipts = chain.mine([*before, *sent], timestamp=chain.timestamp + elapsed).receipts
        assert all(receipt.success for receipt in receipts[: len(before)])
        return receipts[-1] if sent else None

    def is_fresh(self, elapsed: int) -> bool:
        age = self.system.chain.timestamp + elapsed - self.twins.round.pushed_at
        return age <= self.system.terms.oracle.max_age

    def refusal_now(self) -> str:
        """Why the oracle refuses the newest price."""
        return self.twins.round.refusal(self.system.terms.oracle, self.system.chain.timestamp)

    def newest(self) -> int:
        return self.twins.round.price

    def transaction(self, name: str, operation: Operation) -> Transaction:
        system, caller = self.system, operation.caller
        if name == "open":
            size, margin = operation.args
            return system.open(caller, size, margin, limit_of(size), FOREVER)
        id, amount = operation.args
        side = self.draw.size_of(id)
        sent: dict[str, Callable[[], Transaction]] = {
            "add_margin": lambda: system.add_margin(caller, id, amount),
            "withdraw_margin": lambda: system.withdraw_margin(caller, id, amount),
            "increase": lambda: system.increase(caller, id, amount, limit_of(side), FOREVER),
            "decrease": lambda: system.decrease(caller, id, amount, limit_of(-side), FOREVER),
            "close": lambda: system.close(caller, id, limit_of(-side), FOREVER),
            "liquidate": lambda: system.liquidate(self.twins.keeper, id),
            "deleverage": lambda: system.deleverage(self.twins.keeper, id, limit_of(-side)),
        }
        return sent[name]()

    # Comparing

    def compare(self, name: str, operation: Operation, foretold: Answer, receipt: Receipt | None) -> None:
        context = (name, operation, foretold)
        reason = "" if receipt is None or receipt.success else receipt.revert_reason
        id = self.system.last_id() if name == "open" else operation.args[0]
        if name == "hold" and not self.system.position(id).is_open:
            reason = "market: no such position"
        assert foretold.refusal == reason, context
        if reason:
            self.refused[f"{name}: {reason}"] += 1
            if reason in WITHOUT_RESULT and name != "open":
                self.compare_position(id, foretold, context)
            return
        self.done[name] += 1
        if receipt is not None:
            self.compare_events(receipt, foretold, context)
        self.compare_position(id, foretold, context)

    def compare_events(self, receipt: Receipt, foretold: Answer, context: Any) -> None:
        told = self.system.market.events(receipt.logs)
        (event,) = [each for each in told if each.name.startswith(("Position", "Margin"))]
        seen = {NAMES.get(name, name): value for name, value in event.args.items()}
        if event.name == "MarginWithdrawn":
            seen["payout"] = seen["amount"]
        for name in COMPARED[event.name]:
            assert getattr(foretold, name) == seen[name], (name, context)
        debts = [each.args["amount"] for each in told if each.name == "BadDebt"]
        assert foretold.bad_debt == sum(debts), context

    def compare_position(self, id: int, foretold: Answer, context: Any) -> None:
        """The position as the other lens shows it in that block, and how long it lasts."""
        view = self.system.position(id)
        for name in SHOWN:
            assert getattr(foretold, name) == getattr(view, name), (name, context)
        if view.is_open:
            risk, notional = self.system.terms.risk, view.notional
            initial = risk.initial(notional) if notional <= risk.max_notional else None
            assert foretold.initial_margin == initial, context
            self.compare_seconds(id, foretold, context)

    def compare_seconds(self, id: int, foretold: Answer, context: Any) -> None:
        chain, now = self.system.chain, self.system.chain.timestamp
        left = foretold.seconds_to_liquidation
        if left is None:
            for later in (1, 100 * ONE_YEAR):
                chain.mine([], timestamp=now + later)
                assert not self.is_liquidatable(id), context
            self.seconds["never"] += 1
            return
        if left > 1:
            chain.mine([], timestamp=now + left - 1)
        if left > 0:
            assert not self.is_liquidatable(id), context
            chain.mine([], timestamp=now + left)
        assert self.is_liquidatable(id), context
        self.seconds["at once" if left == 0 else "later"] += 1

    def is_liquidatable(self, id: int) -> bool:
        """At the newest price, however stale: the price stands still."""
        return bool(self.system.lens.call("liquidatable", id, 1))


NAMES = {"price": "fill_price"}
"""What events call a figure of the answer, where it has another name there."""

COMPARED = {
    "PositionOpened": ("size", "cost", "margin", "fill_price", "fee"),
    "PositionModified": (
        "size", "cost", "margin", "fill_price", "realised_pnl", "funding", "fee", "settlement",
    ),
    "PositionClosed": ("fill_price", "realised_pnl", "funding", "fee", "settlement", "payout"),
    "PositionLiquidated": (
        "size", "cost", "margin", "fill_price", "realised_pnl", "funding", "settlement", "penalty", "payout",
    ),
    "PositionDeleveraged": ("fill_price", "realised_pnl", "funding", "settlement", "payout"),
    "MarginAdded": ("margin",),
    "MarginWithdrawn": ("margin", "payout"),
}  # fmt: skip

SHOWN = (
    "size", "cost", "margin", "notional", "unrealised_pnl", "accrued_funding", "equity", "maintenance_margin",
    "margin_ratio", "liquidation_price", "bankruptcy_price", "status",
)  # fmt: skip


def limit_of(size_delta: int) -> int:
    return ANY_BUY if size_delta > 0 else ANY_SALE


def terms_of(decimals: int, mode: str) -> SystemTerms:
    """Positions of tens of thousands in a market whose skew is felt; a pool that is at times too small."""
    return terms_at(to_wad("180"), decimals, "0.4", FUNDING[mode])


@pytest.mark.parametrize(("decimals", "mode"), CASES, ids=[f"{mode}-{decimals}" for decimals, mode in CASES])
def test_what_if__questions_acted_out__foretold_what_happens(decimals: int, mode: str):
    unit, case = 10**decimals, CASES.index((decimals, mode))
    poor = case % 2 == 1
    twins = Twins.create(
        terms_of(decimals, mode),
        purse=PURSE * unit,
        pool=(60_000 if poor else 500_000) * unit,
        insurance=2_000 * unit,
    )
    rng = np.random.default_rng([1602, case])
    draw = OperationGenerator(twins, rng)
    asked = Questioner(twins, draw, rng)
    for _ in range(WARMING):
        twins.apply(draw.operation(), after=draw.elapsed(), price=draw.next_price())
    for _ in range(QUESTIONS):
        twins.apply(draw.operation(), after=draw.elapsed(), price=draw.next_price())
        asked.ask()
    report(asked)
    assert sum(asked.done.values()) + sum(asked.refused.values()) == QUESTIONS
    assert sum(asked.done.values()) >= 15
    assert asked.seconds["later"] >= (0 if mode == "none" else 5)


def report(asked: Questioner) -> None:
    """Print how often each action was done and refused, and how long positions last."""
    print("done:", dict(asked.done))
    print("liquidatable:", dict(asked.seconds))
    for reason, count in sorted(asked.refused.items()):
        print(f"  {count} x {reason}")
