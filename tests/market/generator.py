"""Draws operations for a market: mostly sensible ones, of all magnitudes, and every kind of wrong one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from isomargin.model import NOBODY, Parameters, Status
from isomargin.units import WAD
from tests.market.parity import Operation, Twins

__all__ = ["OperationGenerator"]

ANY_BUY, ANY_SALE = 2**255, 0
NO_SUCH_ID = 10**9
MAX_OPEN = 30

WEIGHTS = {
    "open": 22,
    "increase": 12,
    "decrease": 12,
    "close": 9,
    "add_margin": 8,
    "withdraw_margin": 12,
    "liquidate": 16,
    "liquidate_batch": 5,
    "deleverage": 10,
    "approve": 5,
    "claim": 5,
    "pause_opening": 1,
    "resume_opening": 2,
    "set_parameters": 2,
}


class OperationGenerator:
    """Operations for one pair of twins, from a seeded generator; prices are made here as well."""

    def __init__(self, twins: Twins, rng: np.random.Generator) -> None:
        self.twins = twins
        self.rng = rng
        self.base_price = twins.system.terms.first_price
        self.price = self.base_price
        self.unsound: list[int] = []
        self.draw: dict[str, Callable[[], Operation]] = {
            "open": self.open,
            "increase": self.increase,
            "decrease": self.decrease,
            "close": self.close,
            "add_margin": self.add_margin,
            "withdraw_margin": self.withdraw_margin,
            "liquidate": self.liquidate,
            "liquidate_batch": self.liquidate_batch,
            "deleverage": self.deleverage,
            "approve": self.approve,
            "claim": self.claim,
            "pause_opening": lambda: Operation("pause_opening", self.administrator(), ()),
            "resume_opening": lambda: Operation("resume_opening", self.administrator(), ()),
            "set_parameters": self.set_parameters,
        }

    # The surroundings of an operation

    def operation(self) -> Operation:
        """The next operation."""
        names = list(WEIGHTS)
        weights = np.array([WEIGHTS[name] for name in names], dtype=float)
        if len(self.twins.model.open_ids()) > MAX_OPEN:
            weights[names.index("close")] *= 4
        if self.twins.model.opening_paused:
            weights[names.index("resume_opening")] *= 30
        self.unsound = self.positions_below_maintenance()
        for name in ("liquidate", "liquidate_batch"):
            weights[names.index(name)] *= 2 if self.unsound else 0.3
        return self.draw[str(self.rng.choice(names, p=weights / weights.sum()))]()

    def elapsed(self) -> int:
        """Seconds to the next block: mostly minutes, at times so many that the price grows stale."""
        return int(self.rng.integers(1, 600)) if self.chance(0.98) else int(self.rng.integers(3_600, 50_000))

    def next_price(self) -> int | None:
        """A new round in every third block, at times a jump, rarely one that the oracle refuses."""
        if self.chance(0.65):
            return None
        if self.chance(0.02):
            return int(self.rng.choice([0, -5, 1, 2**90, self.base_price * 10**7]))
        move = self.rng.normal(0, 0.25) if self.chance(0.06) else self.rng.normal(0, 0.02)
        ratio = self.price / self.base_price * float(np.exp(move))
        ratio = min(max(ratio, 0.1), 10)
        self.price = max(2, int(self.base_price * ratio) + int(self.rng.integers(-1000, 1000)))
        return self.price

    # Drawing arguments

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def between(self, low: float, high: float) -> float:
        """Log-uniform."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def trader(self) -> str:
        return str(self.rng.choice(self.twins.traders))

    def administrator(self) -> str:
        system = self.twins.system
        return str(self.rng.choice([system.admin, system.guardian, self.trader()]))

    def position(self) -> int:
        """Mostly an open one, else one that ended or never was."""
        open_ids = self.twins.model.open_ids()
        if open_ids and self.chance(0.95):
            return int(self.rng.choice(open_ids))
        return int(self.rng.integers(0, self.twins.model.books.last_id + 3))

    def ended_position(self) -> int:
        return int(self.rng.integers(1, self.twins.model.books.last_id + 2))

    def owner_of(self, position_id: int) -> str:
        """Mostly the owner."""
        record = self.twins.model.record(position_id)
        return record.owner if record is not None and self.chance(0.94) else self.trader()

    def manager_of(self, position_id: int) -> str:
        """Its manager at times, if it has one; else mostly the owner."""
        record = self.twins.model.record(position_id)
        if record is not None and record.manager != NOBODY and self.chance(0.4):
            return record.manager
        return self.owner_of(position_id)

    def size_of(self, position_id: int) -> int:
        record = self.twins.model.record(position_id)
        return record.size if record is not None else WAD

    def limit(self, delta: int) -> int:
        """Mostly loose, at times near the price."""
        if self.chance(0.9):
            return ANY_BUY if delta > 0 else ANY_SALE
        return int(self.price * self.rng.uniform(0.99, 1.01))

    def deadline(self) -> int:
        """Mostly far away, at times just passed."""
        now = self.twins.system.chain.timestamp
        return now + (10**6 if self.chance(0.97) else int(self.rng.integers(-10, 1)))

    def tokens(self, quote: float) -> int:
        """Token units of an amount of quote, with digits to the last."""
        units = int(quote * 10**9) * WAD // 10**9 // self.twins.model.token_scale
        return units + int(self.rng.integers(0, 10))

    def quantity(self, size: int, most: float) -> int:
        """A part of a size, of any magnitude, at times one wei, nothing, or all but one wei."""
        edge = self.rng.random()
        if edge < 0.04:
            return 0
        if edge < 0.08:
            return 1
        if edge < 0.12:
            return max(abs(size) - 1, 0)
        share = self.between(1e-4, most) if edge < 0.4 else self.rng.uniform(0.05, most)
        return int(abs(size) * share)

    # Operations

    def open(self) -> Operation:
        notional = self.between(60, 60_000) if self.chance(0.9) else self.between(1e-15, 3e6)
        size = max(1, int(notional * 10**9) * WAD * WAD // 10**9 // self.price)
        size *= int(self.rng.choice([-1, 1]))
        if self.chance(0.02):
            size = int(self.rng.choice([0, 1, -1]))
        margin = self.tokens(notional / self.between(2, 60))
        if self.chance(0.02):
            margin = int(self.rng.choice([0, 1, 10**15 * WAD // self.twins.model.token_scale]))
        payer = self.trader()
        owner = self.trader() if self.chance(0.1) else NOBODY if self.chance(0.01) else payer
        return Operation("open", payer, (size, margin, self.limit(size), self.deadline(), owner))

    def increase(self) -> Operation:
        id = self.position()
        quantity = self.quantity(self.size_of(id), most=2)
        limit = self.limit(self.size_of(id))
        return Operation("increase", self.manager_of(id), (id, quantity, limit, self.deadline()))

    def decrease(self) -> Operation:
        id = self.position()
        quantity = self.quantity(self.size_of(id), most=1.05)
        limit = self.limit(-self.size_of(id))
        return Operation("decrease", self.manager_of(id), (id, quantity, limit, self.deadline()))

    def close(self) -> Operation:
        id = self.position()
        return Operation("close", self.manager_of(id), (id, self.limit(-self.size_of(id)), self.deadline()))

    def add_margin(self) -> Operation:
        amount = 0 if self.chance(0.05) else self.tokens(self.between(1e-5, 5_000))
        if self.chance(0.05):
            amount = 10**15 * WAD // self.twins.model.token_scale
        return Operation("add_margin", self.trader(), (self.position(), amount))

    def withdraw_margin(self) -> Operation:
        id = self.position()
        margin = self.twins.model.margin(id) if self.twins.model.is_open(id) else 10
        amount = 0 if self.chance(0.05) else int(margin * self.rng.uniform(0, 1.05))
        return Operation("withdraw_margin", self.manager_of(id), (id, amount))

    def liquidate(self) -> Operation:
        id = self.position()
        if self.unsound and self.chance(0.8):
            id = int(self.rng.choice(self.unsound))
        keeper = self.twins.keeper if self.chance(0.8) else self.trader()
        return Operation("liquidate", keeper, (id,))

    def liquidate_batch(self) -> Operation:
        pool = [*self.unsound, *(self.position() for _ in range(4)), NO_SUCH_ID]
        ids = [int(id) for id in self.rng.choice(pool, size=int(self.rng.integers(0, 8)))]
        if self.chance(0.1):
            ids = [NO_SUCH_ID] * 65
        return Operation("liquidate_batch", self.twins.keeper, (ids,))

    def positions_below_maintenance(self) -> list[int]:
        model, now = self.twins.model, self.twins.system.chain.timestamp
        sick = (Status.LIQUIDATABLE, Status.INSOLVENT)
        return [id for id in model.open_ids() if model.status(id, self.price, now) in sick]

    def deleverage(self) -> Operation:
        """Mostly a position in profit, by anyone."""
        model, id = self.twins.model, self.position()
        winners = [each for each in model.open_ids() if model.holding(each).unrealised_pnl(self.price) > 0]
        if winners and self.chance(0.8):
            id = int(self.rng.choice(winners))
        return Operation("deleverage", self.trader(), (id, self.limit(-self.size_of(id))))

    def approve(self) -> Operation:
        id = self.position()
        manager = self.trader() if self.chance(0.85) else NOBODY
        return Operation("approve", self.owner_of(id), (id, manager))

    def claim(self) -> Operation:
        id = self.ended_position()
        return Operation("claim", self.owner_of(id), (id, self.trader()))

    def set_parameters(self) -> Operation:
        """Terms around those deployed, all of them acceptable."""
        deployed = self.twins.system.terms.parameters

        def about(figure: int) -> int:
            return figure * int(self.rng.integers(500, 1_500)) // 1_000

        new = Parameters(
            trade_fee_ratio=about(deployed.trade_fee_ratio),
            keeper_share=about(deployed.keeper_share),
            max_funding_rate=about(deployed.max_funding_rate),
            reserve_ratio=about(deployed.reserve_ratio),
            skew_scale=about(deployed.skew_scale),
            max_open_interest=about(deployed.max_open_interest),
            max_skew=about(deployed.max_skew) // 2,
            min_notional=about(deployed.min_notional),
            keeper_reserve=about(deployed.keeper_reserve),
            max_funding_velocity=about(deployed.max_funding_velocity) if self.chance(0.7) else 0,
            adl_threshold=about(deployed.adl_threshold) if self.chance(0.9) else 0,
        )
        return Operation("set_parameters", self.administrator(), (new,))
