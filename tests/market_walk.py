"""A seeded random walk of people through a market, several actions a block, at prices that liquidate."""

from __future__ import annotations

from collections import Counter

import numpy as np

from isomargin.chain import Block, Transaction
from isomargin.units import WAD
from tests.system_helpers import ANY_BUY, ANY_SALE, FOREVER, Stage

__all__ = ["ACTIONS", "MarketWalk"]

_PEOPLE = 6
ACTIONS = (
    "open", "open", "increase", "increase", "decrease", "close", "add_margin", "withdraw_margin", "donate",
    "claim", "deposit", "redeem",
)  # fmt: skip


class MarketWalk:
    """Walks a stage on, block by block.

    Attributes
    ----------
    succeeded, failed : Counter
        Transactions by the name of their action.
    """

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.rng = stage, np.random.default_rng(seed)
        self.people = [stage.person(f"walker {number}") for number in range(_PEOPLE)]
        self.price = 100 * WAD
        self.succeeded: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    def step(self) -> Block:
        """Mine one block: sometimes a new price, a few actions, a batch of liquidations at the end."""
        actions = [self._action() for _ in range(int(self.rng.integers(1, 5)))]
        if self.rng.random() < 0.7:
            actions.insert(0, ("push", self._push()))
        if (due := self._due()) and self.rng.random() < 0.8:
            chosen = [int(number) for number in self.rng.permutation(due)[:8]]
            actions.append(("liquidate", self.stage.system.liquidate_batch(self.stage.keeper, chosen)))
        block = self.stage.mine(
            *(transaction for _, transaction in actions), after=int(self.rng.integers(12, 3_600))
        )
        for (name, _), receipt in zip(actions, block.receipts, strict=True):
            (self.succeeded if receipt.success else self.failed)[name] += 1
        return block

    def _due(self) -> list[int]:
        terms, book = self.stage.system.terms, self.stage.book
        return book.liquidatable(self.price, book.funding_index, terms.risk, terms.token_scale)

    def _push(self) -> Transaction:
        move = self.rng.normal(0, 0.02) if self.rng.random() < 0.9 else self.rng.choice([-0.12, 0.12])
        pull = 0.02 * (100 - self.price / WAD) / 100  # so that the walk stays near its beginning
        self.price = int(self.price * (1 + move + pull))
        return self.stage.system.push_price(self.price)

    def _action(self) -> tuple[str, Transaction]:
        """Anything by anybody; what is refused must change nothing."""
        name = str(self.rng.choice(ACTIONS))
        system, book, rng, unit = self.stage.system, self.stage.book, self.rng, self.stage.unit
        person = str(rng.choice(self.people))
        position = int(rng.integers(1, book.last_id + 2))  # the newest may not be there yet
        held = book.positions.get(position)
        size = 0 if held is None else held.size
        owner = person if held is None or rng.random() < 0.1 else held.owner
        amount = int(20 * rng.random() * unit) + 1
        if name == "open":
            return name, self._open(person)
        if name == "deposit":
            return name, system.deposit(person, amount)
        if name == "redeem":
            return name, system.redeem(self.stage.lp, amount)
        if name == "claim":
            return name, self._claim(person, position)
        if name == "add_margin":
            return name, system.add_margin(person, position, amount)
        if name == "withdraw_margin":
            return name, system.withdraw_margin(owner, position, amount)
        if name == "donate":
            gone = book.ended.get(position)
            named = held or gone
            receiver = named.vault if named else system.insurance_fund.address
            return name, system.token.transaction("transfer", receiver, amount, sender=person)
        grows = (size > 0) == (name == "increase")
        limit = ANY_BUY if grows else ANY_SALE
        if name == "close":
            return name, system.close(owner, position, limit, FOREVER)
        quantity = int(abs(size) * rng.uniform(0.01, 0.6)) + 1
        modify = system.increase if name == "increase" else system.decrease
        return name, modify(owner, position, quantity, limit, FOREVER)

    def _claim(self, person: str, position: int) -> Transaction:
        """What somebody gave to a vault after its end, if there is such a thing; else what is not there."""
        book, system = self.stage.book, self.stage.system
        for gone in book.ended.values():
            if book.balance(gone.vault):
                return system.claim(gone.owner, gone.id, gone.owner)
        return system.claim(person, position, person)

    def _open(self, person: str) -> Transaction:
        size = int(self.rng.uniform(2, 60) * WAD) * int(self.rng.choice([-1, 1]))
        leverage = self.rng.uniform(3, 24)
        margin = int(abs(size) / WAD * self.price / WAD / leverage * self.stage.unit)
        limit = ANY_BUY if size > 0 else ANY_SALE
        return self.stage.system.open(person, size, margin, limit, FOREVER)
