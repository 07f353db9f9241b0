"""What a search over the parameters of a sweep is asked for, what it tried, and what it found."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isomargin.errors import InputError
from isomargin.scenario.documents import Document
from isomargin.scenario.expressions import ExpressionError
from isomargin.sweep.definition import OptimiseSection, ParameterSection, SweepFile, read_sweep_file
from isomargin.sweep.expressions import Constraint, Expression, parse_constraint, parse_objective
from isomargin.sweep.intervals import Interval
from isomargin.sweep.objectives import Judgement

__all__ = ["Optimum", "Problem", "Trial", "optimum_of", "read_problem"]


@dataclass(frozen=True)
class Problem:
    """What is searched for.

    Attributes
    ----------
    section : OptimiseSection
    objective : Expression
    constraints : tuple of Constraint
    parameters : tuple of ParameterSection
        All of the sweep, in its order.
    searched : tuple of int
        Which of them the sampler chooses; the others take all their values in every trial.
    """

    section: OptimiseSection
    objective: Expression
    constraints: tuple[Constraint, ...]
    parameters: tuple[ParameterSection, ...]
    searched: tuple[int, ...]


@dataclass(frozen=True)
class Trial:
    """A point that was tried.

    Attributes
    ----------
    number : int
    settings : mapping
        What the searched parameters were.
    objective : Interval
    judgements : tuple of Judgement
        Of the constraints.
    failed : int
        Runs that did not come to an end; such a trial is not judged.
    """

    number: int
    settings: Mapping[str, float | str]
    objective: Interval
    judgements: tuple[Judgement, ...]
    failed: int = 0

    @property
    def feasible(self) -> bool:
        """Whether all constraints hold, by their estimates."""
        return not self.failed and all(one.holds for one in self.judgements)

    @property
    def surely(self) -> bool:
        """Whether they hold with the confidence asked for."""
        return self.feasible and all(one.surely for one in self.judgements)


@dataclass(frozen=True)
class Optimum:
    """What a search found.

    Attributes
    ----------
    minimise : str
    subject_to : tuple of str
    trials : tuple of Trial
        In the order in which they were tried.
    best : Trial or None
        With the least objective of those whose constraints hold by their estimates.
    best_sure : Trial or None
        Of those whose constraints hold with the confidence.
    """

    minimise: str
    subject_to: tuple[str, ...]
    trials: tuple[Trial, ...]
    best: Trial | None
    best_sure: Trial | None

    @property
    def front(self) -> list[Trial]:
        """Trials that no other beats in the objective and in the largest excess of a constraint at once."""

        def excess(trial: Trial) -> float:
            return max((one.excess.estimate for one in trial.judgements), default=0.0)

        judged = [trial for trial in self.trials if not trial.failed]
        judged.sort(key=lambda trial: (trial.objective.estimate, excess(trial), trial.number))
        kept: list[Trial] = []
        for trial in judged:
            if not kept or excess(trial) < excess(kept[-1]):
                kept.append(trial)
        return kept


def read_problem(file: str | Path, names: Sequence[str] = ()) -> Problem:
    """Read what the `[optimise]` table of a sweep file asks for.

    Parameters
    ----------
    file : str or Path
    names : sequence of str
        The parameters to search; all of them if not given.

    Raises
    ------
    InputError
        One line with file, line and key.
    """
    sweep, document = read_sweep_file(file)
    if sweep.optimise is None:
        raise InputError(f"{file}: --optimise: expected a table [optimise] in the file, found none")
    objective = _parsed(document, sweep.optimise.minimise, parse_objective, "optimise", "minimise")
    constraints = tuple(
        _parsed(document, text, parse_constraint, "optimise", "subject_to", index)
        for index, text in enumerate(sweep.optimise.subject_to)
    )
    return Problem(sweep.optimise, objective, constraints, sweep.parameters, _searched(sweep, file, names))


def _parsed(document: Document, text: str, parse: Callable[[str], Any], *key: str | int) -> Any:
    try:
        return parse(text)
    except ExpressionError as error:
        raise document.error(str(error), *key) from None


def _searched(sweep: SweepFile, file: str | Path, names: Sequence[str]) -> tuple[int, ...]:
    titles = [parameter.title for parameter in sweep.parameters]
    if not titles:
        raise InputError(f"{file}: --optimise: expected [[parameters]] to search, found none")
    for name in names:
        if name not in titles:
            near = difflib.get_close_matches(name, titles, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"expected some of {', '.join(titles)}"
            raise InputError(f"--over: unknown parameter {name!r}; {hint}")
    chosen = tuple(index for index, title in enumerate(titles) if not names or title in names)
    for index, parameter in enumerate(sweep.parameters):
        if index not in chosen and parameter.min is not None and parameter.count is None:
            raise InputError(f"--over: {titles[index]} takes all its values; expected its count, found none")
    return chosen


def optimum_of(problem: Problem, trials: Sequence[Trial]) -> Optimum:
    """The best of the trials, by their estimates and for sure."""

    def best(candidates: Sequence[Trial]) -> Trial | None:
        there = [trial for trial in candidates if np.isfinite(trial.objective.estimate)]
        return min(there, key=lambda trial: (trial.objective.estimate, trial.number), default=None)

    return Optimum(
        minimise=str(problem.objective),
        subject_to=tuple(map(str, problem.constraints)),
        trials=tuple(trials),
        best=best([trial for trial in trials if trial.feasible]),
        best_sure=best([trial for trial in trials if trial.surely]),
    )
