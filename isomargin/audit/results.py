"""What came of an audit: a verdict for each case, and what was found where another was expected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Failure", "Result", "Verdict", "count_verdicts"]

Verdict = Literal["pass", "FAIL", "ERROR"]


@dataclass(frozen=True)
class Failure:
    """One thing that was not as expected.

    Attributes
    ----------
    what : str
        Which expectation, step or invariant, and when.
    expected, found : str
    because : str
        Why it should have been so, says the scenario; often empty.
    trace : str
        Of a step that ended otherwise: what its transaction called, line by line; often empty.
    """

    what: str
    expected: str
    found: str
    because: str = ""
    trace: str = ""

    def sentence(self) -> str:
        """All but the trace, on one line."""
        because = f" ({self.because})" if self.because else ""
        return f"{self.what}: expected {self.expected}, found {self.found}{because}"


@dataclass(frozen=True)
class Result:
    """What came of one case.

    Attributes
    ----------
    scenario, file, variant : str
        Which case; the file as it was given.
    engine, seed
        What it ran with; the seed is None if the file could not be read.
    verdict : {"pass", "FAIL", "ERROR"}
        As expected; otherwise; or it could not be played.
    loss : str
        Exact decimal text, tokens; empty where it could not be told.
    expected : str
        What the scenario is about, in short.
    failures : tuple of Failure
    error : str
        Why it could not be played: one line.
    is_bad_input : bool
        Whether that is the fault of a file.
    command : str
        What plays the case again.
    blocks : int
        How many were played.
    state_root : str
        Hex, after the last of them.
    bundle : str
        Where the case was put for another machine; empty without.
    seconds : float
        How long it took.
    """

    scenario: str
    file: str
    variant: str
    engine: str
    seed: int | None
    verdict: Verdict
    loss: str = ""
    token: str = ""
    expected: str = ""
    failures: tuple[Failure, ...] = ()
    error: str = ""
    is_bad_input: bool = False
    command: str = ""
    blocks: int = 0
    state_root: str = ""
    bundle: str = ""
    seconds: float = 0.0


def count_verdicts(results: Iterable[Result]) -> str:
    """How many of each, in words.

    >>> count_verdicts([])
    'no cases'
    """
    found: Sequence[Result] = list(results)
    words = {"pass": "as expected", "FAIL": "failed", "ERROR": "not played"}
    counts = {verdict: sum(one.verdict == verdict for one in found) for verdict in words}
    return ", ".join(f"{counts[one]} {words[one]}" for one in words if counts[one]) or "no cases"
