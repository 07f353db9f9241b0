"""Moves of the price and of time: near a liquidation, with the winners, beyond belief, or not at all."""

from __future__ import annotations

import numpy as np

from isomargin.units import WAD
from tests.fuzz.arena import BLOCK
from tests.fuzz.drawing import Drawing
from tests.market.parity import Operation

__all__ = ["PriceMoves"]

LOWEST, HIGHEST = 0.3, 3.0  # prices stay between these multiples of the first one, bad ones apart


class PriceMoves(Drawing):
    """What the feed and the clock do."""

    def drift(self) -> None:
        """A small move."""
        self.move_to(int(self.price * float(np.exp(self.rng.normal(0, 0.01)))))

    def jump(self) -> None:
        """A crash, or the opposite, often further than the oracle believes at once."""
        self.move_to(int(self.price * float(np.exp(self.rng.normal(0, 0.25)))))

    def lie(self) -> None:
        """A round that the oracle refuses, or one at the edge of what it believes."""
        guards, before = self.arena.terms.oracle, self.arena.round.price
        step = guards.max_deviation * before // WAD
        edges = [
            guards.min_price,
            guards.max_price,
            before + step,
            before - step,
            before + step + 1,
            before - step - 1,
        ]
        edges += [guards.min_price + 1, guards.max_price - 1, 0, -1]
        self.arena.push(self.pick(edges), after=self.pause())

    def wait(self) -> None:
        """Time passes, at times until the price is stale."""
        age = self.arena.terms.oracle.max_age
        seconds = self.between(60, 4_000) if self.chance(0.8) else self.rng.integers(age - 1, age + 2)
        self.arena.wait(int(seconds))

    def move_to(self, price: int) -> None:
        """Push a price, twice where the oracle waits for a second round to believe it."""
        price = max(int(self.base_price * LOWEST), min(price, int(self.base_price * HIGHEST)))
        self.arena.push(price, after=self.pause())
        if self.arena.moment(self.arena.chain.timestamp).price_reason and self.chance(0.8):
            self.arena.push(price)

    def press(self) -> None:
        """Bring the price to where a position can just be liquidated, or just not, or long ago; then try."""
        open_ids = self.arena.model.open_ids()
        if not open_ids:
            self.drift()
            return
        id = int(self.rng.choice(open_ids))
        price, direction = self.liquidation_price(id)
        if self.chance(0.4):
            price += direction * self.pick([-1, 0, 1])
        else:
            price += direction * int(price * self.between(1e-6, 0.06))
        if LOWEST < price / self.base_price < HIGHEST:
            self.arena.push(price)
            if self.arena.moment(self.arena.chain.timestamp + BLOCK).price_reason:
                self.arena.push(price)
        self.arena.act(Operation("liquidate", self.arena.keeper, (id,)))

    def liquidation_price(self, id: int) -> tuple[int, int]:
        """The first price that liquidates a position two blocks from now, and which way is worse."""
        model, at = self.arena.model, self.arena.chain.timestamp + 2 * BLOCK
        holding, price = model.holding(id), self.price
        for _ in range(3):  # funding depends on the price a little
            cash = holding.net_cash(price, model.funding_index_at(price, at), model.token_scale)
            multiplier = model.multipliers.for_maintenance(at)
            price = max(1, model.risk.liquidation_price(holding.size, cash, multiplier))
        return price, -1 if holding.size > 0 else 1
