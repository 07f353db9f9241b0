"""What the oracle remembers of outages: frozen, each happening gives the next state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

__all__ = ["Cause", "OutageMemory"]


class Cause(Enum):
    """Why an outage is under way."""

    UNPRICED = "no good price"
    SEQUENCER = "the sequencer is down"
    PAUSED = "the oracle is paused"


@dataclass(frozen=True, slots=True)
class OutageMemory:
    """An outage is under way while a cause holds; a grace follows when the last one ends.

    Attributes
    ----------
    grace_period : int
        Seconds.
    watched : int
        Id of the newest round looked at.
    last_good, price_before : int
        WAD: the last good price known; that before the last outage. 0 if there is none.
    ended_at : int
        When the last outage ended, unix seconds; 0 before the first.
    up_since : int
        Newest beginning that the uptime feed told, unix seconds; 0 for none.
    causes : frozenset of Cause
        Those that hold.
    """

    grace_period: int
    watched: int = 0
    last_good: int = 0
    ended_at: int = 0
    price_before: int = 0
    up_since: int = 0
    causes: frozenset[Cause] = frozenset()

    def begin(self, cause: Cause, at: int) -> OutageMemory:
        """A cause holds from now on; the first one fixes the price before, unless it falls into a grace."""
        held = replace(self, causes=self.causes | {cause})
        if self.causes or (self.ended_at and at < self.ended_at + self.grace_period):
            return held
        return replace(held, price_before=self.last_good)

    def end(self, cause: Cause, at: int) -> OutageMemory:
        """A cause holds no longer; with the last one the outage ends."""
        if cause not in self.causes:
            return self
        left = replace(self, causes=self.causes - {cause})
        if left.causes:
            return left
        return replace(left, ended_at=max(self.ended_at, at))

    def grace(self, now: int) -> tuple[int, int]:
        """When the grace ends and the price before; 0 and 0 when there is none."""
        ends_at = self.ended_at + self.grace_period
        if self.causes or not self.ended_at or now >= ends_at:
            return 0, 0
        return ends_at, self.price_before
