"""What both machines share: arenas that are deployed once, and the last failure, told for a replay."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from isomargin.errors import InvariantViolation
from isomargin.protocol import Sources, SystemTerms
from tests.fuzz.arena import Arena
from tests.fuzz.counts import Counts
from tests.fuzz.ground import VARIANTS, Variant
from tests.fuzz.recording import Disagreement
from tests.fuzz.replay import Failure

__all__ = ["ACTION", "SEEDS", "MarketMachine"]

SEEDS = st.integers(0, 2**20 - 1)  # of more bits, Hypothesis prefers the small ones
ACTION = st.runner().flatmap(lambda machine: st.sampled_from(machine.weighted_actions()))
"""The name of one of a machine's actions."""

EXAMPLES_AN_ARENA = 150
"""Then a new one is deployed: the chain of an arena keeps the blocks of all examples in memory."""


class MarketMachine(RuleBasedStateMachine):
    """A machine over markets. A subclass has a name, rules, and may have contracts and counts of its own."""

    name: ClassVar[str]
    variants: ClassVar[tuple[Variant, ...]] = VARIANTS
    actions: ClassVar[Mapping[str, int]]  # and how often each is drawn, relative to the others
    steered_to: ClassVar[tuple[str, ...]] = ()  # actions that are drawn as often as all others together
    sources: ClassVar[Sources | None] = None
    compares: ClassVar[bool] = True
    counts: ClassVar[Counts]
    arenas: ClassVar[dict[Variant, tuple[Arena, int]]]  # and how often each was used
    failure: ClassVar[Failure | None] = None

    arena: Arena | None = None
    failed = False

    @classmethod
    def with_sources(
        cls,
        sources: Sources | None,
        *,
        compares: bool = True,
        variants: tuple[Variant, ...] = VARIANTS,
        steered_to: tuple[str, ...] = (),
    ) -> type[MarketMachine]:
        """The same machine over other contracts, with nothing counted yet; `compares` as in `Arena`."""
        fresh: type[MarketMachine] = type(cls.__name__, (cls,), {})
        fresh.sources, fresh.compares, fresh.failure = sources, compares, None
        fresh.variants, fresh.steered_to = variants, steered_to
        fresh.counts, fresh.arenas = Counts(), {}
        return fresh

    @classmethod
    def weighted_actions(cls) -> list[str]:
        """Names of actions, each as often as it shall be drawn."""
        usual = [name for name, weight in cls.actions.items() for _ in range(weight)]
        return usual + [name for name in cls.steered_to for _ in range(len(usual) // len(cls.steered_to))]

    @classmethod
    @abstractmethod
    def terms(cls, variant: Variant) -> SystemTerms:
        """What is deployed."""

    @classmethod
    def arena_of(cls, variant: Variant) -> Arena:
        """The arena of a variant, put back to its start."""
        arena, used = cls.arenas.get(variant, (None, 0))
        if arena is None or used >= EXAMPLES_AN_ARENA:
            arena, used = Arena(cls.terms(variant), cls.counts, cls.sources, compares=cls.compares), 0
        cls.arenas[variant] = arena, used + 1
        arena.begin()
        return arena

    @contextmanager
    def watched(self) -> Iterator[Arena]:
        """Keep what is needed to replay a failure of what is inside; the last one is the smallest."""
        assert self.arena is not None
        try:
            yield self.arena
        except Disagreement as failure:
            self._remember(str(failure), failure.evidence)
            raise
        except InvariantViolation as failure:
            found = f"[each for each in monitor.finish() if each.invariant == {failure.invariant!r}]"
            self._remember(str(failure), (f"raise_on_violation({found})",))
            raise

    def _remember(self, message: str, evidence: tuple[str, ...]) -> None:
        assert self.arena is not None
        self.failed = True
        type(self).failure = Failure(
            machine=self.name,
            message=message,
            evidence=evidence,
            terms=self.arena.terms,
            sources=self.arena.sources,
            people=dict(self.arena.people),
            calls=tuple(self.arena.calls()),
        )

    def teardown(self) -> None:
        if self.arena is not None and not self.failed:
            with self.watched() as arena:
                arena.finish()
