"""Ways back: to each of the newest blocks, for reorganisations, and to the snapshots that clients took."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

__all__ = ["MOST_REORGANISED", "MOST_SNAPSHOTS", "Mark", "Marks"]

MOST_REORGANISED = 64
"""Blocks that a reorganisation can replace."""

MOST_SNAPSHOTS = 1_024
"""Snapshots that are kept; of more the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What it takes to come back to a block, and which transactions that block had to begin with.

    Attributes
    ----------
    number : int
        Of the block.
    state : int
        A snapshot of the chain.
    fees : tuple
        As `Fees.memory` gives them.
    leaders : frozenset of bytes
        Hashes.
    """

    number: int
    state: int
    fees: tuple[int, int | None]
    leaders: frozenset[bytes]


class Marks:
    """The marks of one node.

    Parameters
    ----------
    newest : Mark
        That of the newest block.
    """

    def __init__(self, newest: Mark) -> None:
        self._blocks = deque([newest], maxlen=MOST_REORGANISED + 1)
        self._snapshots: dict[int, Mark] = {}
        self._taken = 0

    @property
    def depth(self) -> int:
        """How many blocks can be replaced."""
        return len(self._blocks) - 1

    def add(self, mark: Mark) -> None:
        """Mark a new block."""
        self._blocks.append(mark)

    def renew(self, state: int) -> None:
        """Let the mark of the newest block lead to another state."""
        self._blocks[-1] = replace(self._blocks[-1], state=state)

    def newest(self, depth: int) -> list[Mark]:
        """Return the marks of so many blocks, the newest last."""
        return list(self._blocks)[len(self._blocks) - depth :]

    def below(self, depth: int) -> Mark:
        """Return the last mark that was made at the block below so many others.

        A snapshot may have been taken there since; going back to the earlier mark would use it up.
        """
        mark = self._blocks[-depth - 1]
        same = [one for one in self._snapshots.values() if one.number == mark.number]
        return max([mark, *same], key=lambda one: one.state)

    # Snapshots

    def take(self, mark: Mark) -> int:
        """Keep a snapshot, and return its number."""
        self._taken += 1
        self._snapshots[self._taken] = mark
        return self._taken

    def use(self, number: int) -> Mark | None:
        """Return a snapshot, which is used up with that, as are those after it; None if there is none."""
        mark = self._snapshots.get(number)
        if mark is not None:
            self._snapshots = {one: kept for one, kept in self._snapshots.items() if one < number}
            self._taken = number - 1
        return mark

    def return_to(self, mark: Mark) -> None:
        """Forget what came after a mark."""
        self._snapshots = {one: kept for one, kept in self._snapshots.items() if kept.state <= mark.state}
        self._taken = max(self._snapshots, default=0)
        while self._blocks and self._blocks[-1].number > mark.number:
            self._blocks.pop()

    # Forgetting

    def forget(self, first: int) -> None:
        """Forget snapshots from before a block, and the oldest of too many."""
        snapshots = {number: one for number, one in self._snapshots.items() if one.number >= first}
        self._snapshots = dict(list(snapshots.items())[-MOST_SNAPSHOTS:])

    def states(self) -> set[int]:
        """Return the snapshots of the chain that are still needed."""
        return {mark.state for mark in (*self._blocks, *self._snapshots.values())}
