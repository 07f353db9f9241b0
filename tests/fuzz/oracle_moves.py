"""Moves of those who run the oracle, and of prices that are gone and come back, with their grace."""

from __future__ import annotations

from tests.fuzz.drawing import NEVER
from tests.fuzz.price_moves import PriceMoves
from tests.market.generator import ANY_BUY, ANY_SALE
from tests.market.parity import Operation

__all__ = ["OracleMoves"]


class OracleMoves(PriceMoves):
    """What stops entering and forcing, and for how long."""

    def outage(self) -> None:
        """No good price for hours, then one at which somebody falls due; the grace, and at times its end."""
        arena, guards = self.arena, self.arena.terms.oracle
        arena.wait(guards.max_age + self.pick([0, 1, 600]))
        if self.chance(0.3):
            self.watch()
        self.look_around()
        self.press()
        self.look_around()
        arena.act(self.open())
        arena.act(self.liquidate())
        if guards.grace_period and self.chance(0.5):
            arena.wait(guards.grace_period + self.pick([-100, -1, 0]))
            self.look_around()
            arena.act(self.liquidate())

    def pause_the_oracle_and_try(self) -> None:
        """Pause, and try what must not go on, and what must; then mostly go on."""
        arena = self.arena
        official = self.official()
        arena.ask_oracle("pause", official)
        self.look_around()
        tries = [self.open, self.liquidate, self.liquidate_batch, self.deleverage, self.withdraw_margin]
        for number in self.rng.permutation(len(tries))[:2]:
            arena.act(tries[int(number)]())
        open_ids = arena.model.open_ids()
        if open_ids:
            id = self.pick(open_ids)
            owner, size = self.owner_of(id), self.size_of(id)
            limit = ANY_SALE if size > 0 else ANY_BUY
            arena.act(Operation("decrease", owner, (id, max(1, abs(size) // 1_000), limit, NEVER)))
        if self.chance(0.85):
            arena.ask_oracle("resume", arena.system.admin)

    def resume_the_oracle(self) -> None:
        """By one who may or may not."""
        self.arena.ask_oracle("resume", self.administrator())

    def watch(self) -> None:
        """Anyone may let the oracle look for outages."""
        self.arena.ask_oracle("watch", self.trader())

    def official(self) -> str:
        """Mostly one who may pause."""
        system = self.arena.system
        return system.guardian if self.chance(0.7) else self.administrator()
