"""How often each action of a run went through, and why it was refused when it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["DONE", "Counts"]

DONE = "done"
"""The outcome of an action that took effect."""


class Counts:
    """Outcomes by action, and what else happened, over all examples of a run."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Counter[str]] = {}
        self.seen: Counter[str] = Counter()
        self.examples = 0

    def note(self, action: str, outcome: str) -> None:
        """Count an attempt; the outcome is `DONE` or the reason of the refusal."""
        self.outcomes.setdefault(action, Counter())[outcome or "no reason"] += 1

    def done(self, action: str) -> int:
        """How often it took effect."""
        return self.outcomes.get(action, Counter())[DONE]

    def refused(self, action: str) -> int:
        """How often it was refused, for whatever reason."""
        return self.outcomes.get(action, Counter()).total() - self.done(action)

    def refused_for(self, action: str, reason: str) -> int:
        """How often it was refused for one reason."""
        return self.outcomes.get(action, Counter())[reason]

    @property
    def attempts(self) -> int:
        """All of them."""
        return sum(outcomes.total() for outcomes in self.outcomes.values())

    def shortfalls(
        self,
        done: Mapping[str, int],
        refused: Mapping[str, int],
        seen: Mapping[str, int],
        reasons: Mapping[tuple[str, str], int] | None = None,
    ) -> list[str]:
        """What happened too rarely to mean anything, given how often each must have happened at least.

        `reasons` says so of an action and one reason for refusing it.
        """
        found = [
            *((f"{action} done", self.done(action), least) for action, least in done.items()),
            *((f"{action} refused", self.refused(action), least) for action, least in refused.items()),
            *((what, self.seen[what], least) for what, least in seen.items()),
            *(
                (f"{pair[0]}: {pair[1]}", self.refused_for(*pair), least)
                for pair, least in (reasons or {}).items()
            ),
        ]
        return [f"{what}: {times}, expected {least}" for what, times, least in found if times < least]

    # Bringing counts together

    def add(self, other: Counts) -> None:
        """Take in the counts of another run."""
        for action, outcomes in other.outcomes.items():
            self.outcomes.setdefault(action, Counter()).update(outcomes)
        self.seen.update(other.seen)
        self.examples += other.examples

    def as_dict(self) -> dict[str, Any]:
        """All of it in plain types."""
        return {
            "examples": self.examples,
            "outcomes": {action: dict(outcomes) for action, outcomes in self.outcomes.items()},
            "seen": dict(self.seen),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Counts:
        """What `as_dict` told."""
        counts = cls()
        counts.examples = told["examples"]
        counts.outcomes = {action: Counter(outcomes) for action, outcomes in told["outcomes"].items()}
        counts.seen = Counter(told["seen"])
        return counts

    # For people

    def report(self) -> str:
        """A table for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.examples} examples, {self.attempts} actions"
        for action, outcomes in sorted(self.outcomes.items()):
            yield f"  {action:<26} {self.done(action):>6} done {self.refused(action):>6} refused"
            for reason, times in outcomes.most_common():
                if reason != DONE:
                    yield f"  {'':<26} {'':>11} {times:>6} {reason}"
        for what, times in sorted(self.seen.items()):
            yield f"  {what:<26} {times:>6}"
