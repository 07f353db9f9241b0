"""What a benchmark gives: a row for each comparison, and how a run is told about and cut short."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

__all__ = ["Bench", "Bound", "Clock", "Row", "compared", "missing"]

Clock = Literal["processor", "wall"]
"""Processor time where both sides measure themselves; wall time where a server takes part."""


@dataclass(frozen=True)
class Bound:
    """What a ratio has to be.

    Attributes
    ----------
    value : float
    is_least : bool
        Whether the ratio has to be at least that; else at most.
    """

    value: float
    is_least: bool = True

    def holds(self, ratio: float) -> bool:
        """Whether a ratio keeps to it."""
        return ratio >= self.value if self.is_least else ratio <= self.value

    def __str__(self) -> str:
        return f"{'>=' if self.is_least else '<='} {self.value:g}"


@dataclass(frozen=True)
class Row:
    """One comparison, or one figure that has nothing to be compared with.

    Attributes
    ----------
    benchmark : str
        Its name on the command line.
    subject : str
        What both sides did.
    ours, theirs : str
        Who did it; `theirs` is empty where there is only one side.
    ratio : float or None
        How many times faster we are; where the note says so, our time as a share of theirs. Median of the
        ratios of the rounds.
    ours_value, theirs_value : float or None
        Medians of the rounds, in `unit`: figures of this machine alone.
    unit : str
        ``"1/s"`` (more is better), ``"ms"`` or ``"s"`` (less is better).
    target : Bound or None
        What the ratio has to be.
    rounds : int
        How often both sides were measured, in turn.
    clock : str
    note : str
        What a reader has to know, or why there is no ratio.
    details : mapping
        Further figures by name.
    """

    benchmark: str
    subject: str
    ours: str
    theirs: str = ""
    ratio: float | None = None
    ours_value: float | None = None
    theirs_value: float | None = None
    unit: str = "1/s"
    target: Bound | None = None
    rounds: int = 0
    clock: Clock = "processor"
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Every attribute by its name; `target` as text, and `reached`, whether the ratio keeps to it."""
        entry = {name: getattr(self, name) for name in self.__dataclass_fields__}
        reached = None if self.target is None or self.ratio is None else self.target.holds(self.ratio)
        return {**entry, "target": str(self.target) if self.target else None, "reached": reached}


def compared(ours: Sequence[float], theirs: Sequence[float], /, *, work: float = 0, **about: Any) -> Row:
    """Make a row of the seconds that both sides took, round by round.

    Parameters
    ----------
    ours, theirs : sequence of float
        Seconds, as many on both sides.
    work : float
        What was done in a round: the row then is in work a second, and the ratio says how many times more
        we do. Without it the row is in milliseconds, and the ratio says how many times longer we take.
    about
        The other fields of the row.
    """
    pairs = list(zip(ours, theirs, strict=True))
    if work:
        ratio = median(other / own for own, other in pairs)
        values = work / median(ours), work / median(theirs)
    else:
        ratio = median(own / other for own, other in pairs)
        values = 1e3 * median(ours), 1e3 * median(theirs)
    usual: dict[str, Any] = {"unit": "1/s" if work else "ms", "rounds": len(pairs)}
    return Row(ratio=ratio, ours_value=values[0], theirs_value=values[1], **{**usual, **about})


def missing(benchmark: str, subject: str, peer: str, advice: str) -> Row:
    """Make the row of a peer that cannot be measured here."""
    return Row(benchmark, subject, ours="", theirs=peer, note=advice)


@dataclass
class Bench:
    """One run of benchmarks: how much is asked for, and the way to tell how far it is.

    Attributes
    ----------
    is_quick : bool
        Smaller sizes and fewer rounds.
    is_full : bool
        Also what takes very long.
    interpreters : sequence of str
        Pythons that peers are looked for in, the first that has one counts.
    sizes : sequence of int
        In place of the sizes that `book` and `demo` have of their own.
    rounds : int
        In place of the rounds that a benchmark has of its own; 0 for those.
    is_interrupted : bool
        Whether Ctrl-C came while rounds were measured: those that were whole are told, then all ends.
    """

    is_quick: bool = False
    is_full: bool = False
    interpreters: Sequence[str] = (sys.executable,)
    sizes: Sequence[int] = ()
    rounds: int = 0
    is_interrupted: bool = False

    def tell(self, news: str) -> None:
        """Say on standard error what begins now; ends the run if it was interrupted."""
        if self.is_interrupted:
            raise KeyboardInterrupt
        sys.stderr.write(f"bench: {news}\n")
        sys.stderr.flush()

    def chosen(self, full: int, quick: int) -> int:
        """One number for a whole run, another for a quick one."""
        return quick if self.is_quick else full

    def rounds_of(self, full: int, quick: int) -> int:
        """How many rounds, where nobody has asked for another number."""
        return self.rounds or self.chosen(full, quick)
