"""A whole sweep in numbers: what the terminal and the page tell of it, worked out once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow.compute as pc

from isomargin.sweep.intervals import Floats
from isomargin.sweep.outcomes import OUTCOMES, Distribution, PointOutcomes, Sample, by_point, distributions
from isomargin.sweep.results import SweepInfo, SweepResults
from isomargin.sweep.sensitivity import Sensitivity, sensitivity

__all__ = ["PRICE_LEVELS", "Analysis", "Failure"]

PRICE_LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""Of the fan of prices."""


@dataclass(frozen=True)
class Failure:
    """A reason why runs failed, and how often; `first` is the first of them."""

    error: str
    count: int
    first: int


class Analysis:
    """What came of a sweep.

    Parameters
    ----------
    results : SweepResults
        Whole, or as far as it came.
    """

    def __init__(self, results: SweepResults) -> None:
        self.info: SweepInfo = results.info
        self.complete = results.complete
        self.sample = Sample(results.table)

    @property
    def runs(self) -> int:
        """How many there are so far, failed ones included."""
        return int(self.sample.everything.num_rows)

    @cached_property
    def distributions(self) -> list[Distribution]:
        """Of each outcome over all runs."""
        return distributions(self.sample, self.info.confidence)

    @cached_property
    def points(self) -> list[PointOutcomes]:
        """Each point by itself."""
        return by_point(self.sample, self.info.confidence)

    @cached_property
    def sensitivities(self) -> list[Sensitivity]:
        """Of each outcome; empty without parameters."""
        is_grid = self.info.design == "grid"
        found = [sensitivity(self.sample, one, self.info.confidence, is_grid=is_grid) for one in OUTCOMES]
        return [one for one in found if one is not None]

    @cached_property
    def failures(self) -> list[Failure]:
        """Why runs failed, the commonest reason first."""
        failed = self.sample.everything.filter(pc.not_equal(self.sample.everything["error"], ""))
        errors, runs = failed["error"].to_pylist(), failed["run"].to_pylist()
        first: dict[str, int] = {}
        for error, run in zip(errors, runs, strict=True):
            first.setdefault(error, run)
        return [Failure(error, count, first[error]) for error, count in Counter(errors).most_common()]

    @cached_property
    def broken_runs(self) -> list[tuple[int, int, int, int]]:
        """Run, point, seed and number of violations of each run in which an invariant broke."""
        broken = self.sample.table.filter(pc.greater(self.sample.table["violations"], 0))
        columns = (broken[name].to_pylist() for name in ("run", "point", "seed", "violations"))
        return list(zip(*columns, strict=True))

    @cached_property
    def price_changes(self) -> Floats | None:
        """Quantiles at `PRICE_LEVELS` of last, lowest and highest price by the first, less one; by row."""
        first = self.sample.values("price_first")
        with np.errstate(divide="ignore", invalid="ignore"):
            moves = [self.sample.values(f"price_{name}") / first - 1 for name in ("last", "low", "high")]
        there = [move[np.isfinite(move)] for move in moves]
        if not all(len(move) for move in there):
            return None
        rows: Floats = np.stack([np.quantile(move, PRICE_LEVELS) for move in there])
        return rows
