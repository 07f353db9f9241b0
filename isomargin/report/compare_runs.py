"""Runs side by side: each has a letter, a name and a colour, and the first is what the others are held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from isomargin.errors import InputError
from isomargin.record import RunRecord
from isomargin.report.amounts import utc
from isomargin.report.figures import AMBER, BLUE, GREY, TEAL, VERMILION

__all__ = ["MOST_RUNS", "ComparedRun", "compared_runs"]

# Neighbours differ the most; each has a contrast above 3 to white and to near-black.
_COLOURS = (BLUE, VERMILION, TEAL, AMBER, "#9a6bd1", GREY, "#cc5a9b", "#6f9430")
MOST_RUNS = len(_COLOURS)


@dataclass(frozen=True)
class ComparedRun:
    """One of several runs.

    Attributes
    ----------
    letter, label : str
        How tables and plots call it, and the name that its user gave it.
    colour : str
        A CSS colour.
    record : RunRecord
        What it left.
    """

    letter: str
    label: str
    colour: str
    record: RunRecord

    @property
    def name(self) -> str:
        """Letter and label."""
        return f"{self.letter} {self.label}"

    @property
    def period(self) -> str:
        """From the first block to the last; empty without blocks."""
        blocks = self.record.blocks
        return f"{utc(blocks[0].timestamp)} to {utc(blocks[-1].timestamp)} UTC" if blocks else ""


def compared_runs(named: Sequence[tuple[str, RunRecord]]) -> tuple[ComparedRun, ...]:
    """Give the runs their letters and colours, in the order given.

    Parameters
    ----------
    named : sequence of (label, RunRecord)
        Two runs at least.

    Raises
    ------
    InputError
        If they are too few or too many, or their money is not of one kind.
    """
    if not 2 <= len(named) <= MOST_RUNS:
        raise InputError(f"expected 2 to {MOST_RUNS} runs to compare, found {len(named)}")
    runs = tuple(
        ComparedRun(letter, label, colour, record)
        for letter, colour, (label, record) in zip(ascii_uppercase, _COLOURS, named, strict=False)
    )
    first = runs[0]
    for run in runs[1:]:
        if run.record.run.token_symbol != first.record.run.token_symbol:
            raise InputError(
                f"expected runs with one collateral token: {first.label} counts in {_token(first)},"
                f" {run.label} in {_token(run)}"
            )
    return runs


def _token(run: ComparedRun) -> str:
    return run.record.run.token_symbol or "a token without a name"
