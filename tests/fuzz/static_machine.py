"""The still world: price and time do nothing, so whatever anybody does, nobody gains and nobody else loses.

Time passes from block to block but the funding rate is zero and the price never grows stale. Three things are
held after every action, from what the chain shows, beside chain = model and the monitor:

* no position that was sound is unsound (I9), and nobody but its owner changes its size or lowers what it
  holds, liquidations of unsound ones apart (I18);
* nobody but the actor, and owners of unsound positions that are liquidated, has less than before;
* all traders together have no more than before, the premium of the skew counted: what widening it cost is
  what narrowing it returns (I12). A liquidation moves the skew without paying for it, so there their fortunes
  alone must not rise (I13). A close may gain by as much as its costs are cut to what is there.

Liquidity providers are held to the pool's own price: no deposit or redemption lowers what a share is worth,
and they have no more afterwards than before. What the premium of the skew means for coalitions of traders and
providers is in test_coalitions.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from hypothesis.stateful import initialize, rule

from isomargin.protocol import SystemTerms
from tests.fuzz.arena import Arena
from tests.fuzz.counts import Counts
from tests.fuzz.ground import Variant, still_terms
from tests.fuzz.intrusions import attempt_intrusion
from tests.fuzz.machine import ACTION, SEEDS, MarketMachine
from tests.fuzz.quick_reading import quick_standing
from tests.fuzz.stillness import check_stillness
from tests.fuzz.trips import TRIPS, Trips

__all__ = ["ACTIONS", "StaticMachine"]

ACTIONS = {
    "open": 3,
    "open_tightly": 3,
    "increase": 3,
    "decrease": 3,
    "close": 3,
    "close_at_a_limit": 3,
    "add_margin": 1,
    "top_up_by_a_stranger": 2,
    "withdraw_margin": 3,
    "withdraw_all_that_is_free": 3,
    "liquidate": 4,
    "liquidate_batch": 1,
    "sweep": 1,
    "claim": 1,
    "claim_what_is_left": 2,
    "approve": 1,
    "manage": 5,
    "call": 2,
    "deleverage": 3,
    "place_limit": 2,
    "place_reduce": 3,
    "pull_at_this_price": 4,
    "cancel": 1,
    "donate": 2,
    "deposit": 2,
    "redeem": 2,
    "give_shares": 1,
    "pause_and_try": 1,
    "resume_opening": 1,
    "tune": 2,
    "usurp": 2,
    "intrude": 2,
    **dict.fromkeys(TRIPS, 1),
}
OF_PROVIDERS = {"deposit", "redeem", "give_shares", "liquidity_round_trip"}
OPENINGS = 7


class StaticMachine(MarketMachine):
    """One life of a market that stands still."""

    name = "static"
    actions: ClassVar[Mapping[str, int]] = ACTIONS
    counts: ClassVar[Counts] = Counts()
    arenas: ClassVar[dict[Variant, tuple[Arena, int]]] = {}

    @classmethod
    def terms(cls, variant: Variant) -> SystemTerms:
        return still_terms(variant)

    @initialize(variant=SEEDS, seed=SEEDS)
    def deploy(self, variant: int, seed: int) -> None:
        """Some positions, and a last price at which one of them, often several, can be liquidated."""
        self.arena = self.arena_of(self.variants[variant % len(self.variants)])
        self.counts.examples += 1
        self.moves = Trips(self.arena)
        with self.watched() as arena:
            for number in range(OPENINGS):
                self.moves.do("open_tightly" if number % 2 else "open", seed + number)
            self.moves.do("press", seed)
            self.standing = quick_standing(arena)

    @rule(action=ACTION, seed=SEEDS)
    def act(self, action: str, seed: int) -> None:
        with self.watched() as arena:
            if arena.diverged:
                return
            before, first_block = self.standing, arena.chain.block_number + 1
            if action == "intrude":
                attempt_intrusion(arena, seed)
            else:
                self.moves.do(action, seed)
            self.standing = quick_standing(arena)
            check_stillness(arena, before, self.standing, first_block, of_providers=action in OF_PROVIDERS)
