"""What every move draws from: a seed, the arena as it stands, and numbers of any size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isomargin.model import TRIGGER_ORDERS
from tests.fuzz.arena import BLOCK, Arena
from tests.market.generator import OperationGenerator

__all__ = ["NEVER", "Drawing"]

NEVER = 2**63
"""A deadline that does not pass."""


class Drawing(OperationGenerator):
    """Draws for one arena; `do(name, seed)` draws the action of that name from the seed and does it."""

    def __init__(self, arena: Arena) -> None:
        super().__init__(arena, np.random.default_rng(0))
        self.arena = arena

    def do(self, name: str, seed: int) -> None:
        """Draw from the seed and act."""
        self.rng = np.random.default_rng([seed, 1])
        self.look_around()
        if name in self.draw:
            self.arena.act(self.draw[name](), after=self.pause())
        else:
            getattr(self, name)()

    def look_around(self) -> None:
        """Take in the price and who is below maintenance at it."""
        if self.arena.round.price > 0:
            self.price = self.arena.round.price
        self.unsound = self.positions_below_maintenance()

    def manager_of(self, position_id: int) -> str:
        """Somebody who can send: the orders' contract acts when it is asked to."""
        chosen = super().manager_of(position_id)
        return self.owner_of(position_id) if chosen == TRIGGER_ORDERS else chosen

    def pick(self, choices: Sequence[int]) -> int:
        """One of some numbers of any size."""
        return choices[int(self.rng.integers(len(choices)))]

    def up_to(self, most: int) -> int:
        """A number from 1 to one of any size."""
        return 1 + (most - 1) * int(self.rng.integers(0, 10**12, endpoint=True)) // 10**12

    def pause(self) -> int:
        """Seconds to the next block."""
        return BLOCK if self.chance(0.5) else int(self.rng.integers(1, 400))

    def administrator(self) -> str:
        """One who may resume opening, one who may only pause, or anybody; the first more often."""
        return self.arena.system.admin if self.chance(0.5) else super().administrator()
