"""A feed as the model sees it, in the shape of AggregatorV3: rounds that are kept, newest last."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

__all__ = ["FeedModel", "FeedRound", "is_first_of_phase"]

_PHASE_ROUNDS = 2**64


@dataclass(frozen=True, slots=True)
class FeedRound:
    """One answer of a feed.

    Attributes
    ----------
    answer : int
        In the feed's decimals; any sign.
    updated_at, started_at : int
        Unix seconds.
    """

    answer: int
    updated_at: int
    started_at: int


@dataclass(slots=True)
class FeedModel:
    """What a feed has said so far, and whether it answers at all.

    Attributes
    ----------
    decimals : int
        Digits behind the point of its answers, at most 18.
    rounds : dict of int to FeedRound
        By id, the newest last.
    is_silent : bool
        Whether it reverts when it is asked for its newest round.
    """

    decimals: int = 18
    rounds: dict[int, FeedRound] = field(default_factory=dict)
    is_silent: bool = False

    def push(self, answer: int, at: int, *, id: int | None = None) -> int:
        """Add a round that starts and is updated at a moment; its id, if not given, follows the newest."""
        chosen = self.newest_id + 1 if id is None else id
        self.rounds[chosen] = FeedRound(answer, at, at)
        return chosen

    def unopen(self) -> None:
        """Let the newest round never have started, as uptime feeds say before their first round."""
        self.rounds[self.newest_id] = replace(self.rounds[self.newest_id], started_at=0)

    @property
    def newest_id(self) -> int:
        """Id of the newest round, 0 before the first."""
        return next(reversed(self.rounds), 0)

    def latest(self) -> tuple[int, FeedRound] | None:
        """Return the newest round and its id; None while the feed is silent or empty."""
        if self.is_silent or not self.rounds:
            return None
        return self.newest_id, self.rounds[self.newest_id]

    def before(self, id: int) -> FeedRound | None:
        """Return the round before another; None if that is the first of its phase or it was not kept."""
        return None if is_first_of_phase(id) else self.rounds.get(id - 1)

    def in_wad(self, answer: int) -> int:
        """Scale an answer to WAD; whatever is no price below 2**96 becomes 0."""
        price = answer * int(10 ** (18 - self.decimals))
        return price if 0 < price < 2**96 else 0


def is_first_of_phase(id: int) -> bool:
    """Whether a round has none before it: the lower 64 bits of its id count from 0 or 1."""
    return id % _PHASE_ROUNDS <= 1
