"""The moving world: prices, time and everybody act; chain and model agree and the books balance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from hypothesis.stateful import initialize, rule

from isomargin.protocol import SystemTerms
from tests.fuzz.arena import Arena
from tests.fuzz.counts import Counts
from tests.fuzz.ground import Variant, moving_terms
from tests.fuzz.intrusions import attempt_intrusion
from tests.fuzz.machine import ACTION, SEEDS, MarketMachine
from tests.fuzz.moves import Moves

__all__ = ["ACTIONS", "DynamicMachine"]

ACTIONS = {
    "press": 8,
    "open": 6,
    "open_tightly": 4,
    "drift": 5,
    "jump": 2,
    "increase": 3,
    "decrease": 3,
    "close": 2,
    "close_at_a_limit": 2,
    "add_margin": 2,
    "top_up_by_a_stranger": 1,
    "withdraw_margin": 3,
    "withdraw_all_that_is_free": 3,
    "liquidate": 3,
    "liquidate_batch": 1,
    "sweep": 2,
    "claim": 1,
    "claim_what_is_left": 2,
    "approve": 2,
    "manage": 7,
    "call": 4,
    "deleverage": 1,
    "squeeze": 3,
    "break_the_pool": 1,
    "outage": 2,
    "pause_the_oracle_and_try": 2,
    "resume_the_oracle": 1,
    "watch": 1,
    "place_limit": 3,
    "place_reduce": 4,
    "pull_the_trigger": 5,
    "execute": 1,
    "execute_batch": 1,
    "cancel": 1,
    "claim_from_orders": 1,
    "donate": 3,
    "deposit": 2,
    "request": 2,
    "redeem": 3,
    "run_on_the_pool": 2,
    "give_shares": 1,
    "wait": 1,
    "lie": 1,
    "pause_opening": 1,
    "pause_and_try": 2,
    "resume_opening": 4,
    "tune": 2,
    "observe": 3,
    "raise_requirements": 1,
    "usurp": 2,
    "intrude": 3,
}
"""How often each is drawn, relative to the others."""

FIRST_MOVES = ("open", "open_tightly", "open", "open_tightly", "increase", "add_margin")


class DynamicMachine(MarketMachine):
    """One life of a market."""

    name = "dynamic"
    actions: ClassVar[Mapping[str, int]] = ACTIONS
    counts: ClassVar[Counts] = Counts()
    arenas: ClassVar[dict[Variant, tuple[Arena, int]]] = {}

    @classmethod
    def terms(cls, variant: Variant) -> SystemTerms:
        return moving_terms(variant)

    @initialize(variant=SEEDS, seed=SEEDS)
    def deploy(self, variant: int, seed: int) -> None:
        self.arena = self.arena_of(self.variants[variant % len(self.variants)])
        self.counts.examples += 1
        self.moves = Moves(self.arena)
        with self.watched():
            for number, name in enumerate(FIRST_MOVES):
                self.moves.do(name, seed + number)

    @rule(action=ACTION, seed=SEEDS)
    def act(self, action: str, seed: int) -> None:
        with self.watched() as arena:
            if action == "intrude":
                attempt_intrusion(arena, seed)
            else:
                self.moves.do(action, seed)
