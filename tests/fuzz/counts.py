"""How often each action of a run went through, and why it was refused when it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

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

    @property
    def attempts(self) -> int:
        """All of them."""
        return sum(outcomes.total() for outcomes in self.outcomes.values())

    def shortfalls(self, done: Mapping[str, int], refused: Mapping[str, int], seen: Mapping[str, int]) -> list[str]:
        """What happened too rarely to mean anything, given how often each must have happened at least."""
        found = [
            (f"{action} done", self.done(action), least) for action, least in done.items()
        ] + [
            (f"{action} refused", self.refused(action), least) for action, least in refused.items()
        ] + [(what, self.seen[what], least) for what, least in seen.items()]  # fmt: skip
        return [f"{what}: {times}, expected {least}" for what, times, least in found if times < least]

    def report(self) -> str:
        """A table for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.examples} examples, {self.attempts} actions"
        for action, outcomes in sorted(self.outcomes.items()):
            yield f"  {action:<22} {self.done(action):>6} done {self.refused(action):>6} refused"
            for reason, times in outcomes.most_common():
                if reason != DONE:
                    yield f"  {'':<22} {'':>11} {times:>6} {reason}"
        for what, times in sorted(self.seen.items()):
            yield f"  {what:<22} {times:>6}"
