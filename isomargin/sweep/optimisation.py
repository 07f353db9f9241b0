"""Searches the parameters of a sweep for the best point that meets its constraints.

The sampler is Optuna's TPE, asked for a point and told what came of it. Each point it tries is a *trial*: a
small sweep of that point over all seeds, the same for every trial (common random numbers), played by the same
workers and kept by the same store, in a folder of its own. Parameters that are not searched take all their
values in every trial.

Nothing of the search is stored. The sampler has a seed and is told results in a fixed order, so a search that
was killed asks for the same points again, finds their runs kept, and goes on where it was.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from isomargin.errors import InputError
from isomargin.record import replace_file
from isomargin.sweep.definition import ParameterSection, Value
from isomargin.sweep.design import Point, value_at, values_of
from isomargin.sweep.expressions import statistics_of
from isomargin.sweep.objectives import Runs, judge, value_interval
from isomargin.sweep.outcomes import Sample
from isomargin.sweep.plan import Plan, with_points
from isomargin.sweep.results import RESULTS, SWEEP, read_results
from isomargin.sweep.running import run_sweep
from isomargin.sweep.store import open_store
from isomargin.sweep.trials import Optimum, Problem, Trial, optimum_of
from isomargin.sweep.workers import Crew

__all__ = ["TRIALS", "TrialProgress", "search"]

TRIALS = "trials.json"
"""What the trials came to, in the folder of a search; `trials/` has the runs of each."""

_FOLDER = "trials"
_JUST_BELOW_ONE = 1 - 1e-12


@dataclass(frozen=True)
class TrialProgress:
    """How far a search is: trials done of how many, and runs of the one that is played."""

    trial: int
    trials: int
    done: int
    runs: int


def search(
    plan: Plan,
    problem: Problem,
    folder: Path,
    workers: Callable[[], AbstractContextManager[Crew]],
    *,
    on_progress: Callable[[TrialProgress], None] = lambda progress: None,
) -> Optimum | None:
    """Try points until all trials are done, and keep every run.

    Parameters
    ----------
    plan : Plan
        Of the same file.
    problem : Problem
    folder : Path
        Where all is kept, and looked for.
    workers : callable
        Gives workers for as long as a context lasts; asked only if something is to be played.
    on_progress : callable

    Returns
    -------
    Optimum or None
        None if somebody ended it; what was finished is kept.

    Raises
    ------
    InputError
        If Optuna is not installed, or the folder holds something else.
    SweepStopped
        If it cannot go on; what was finished is kept.
    """
    optuna = _optuna()
    if (folder / SWEEP).exists() and not (folder / _FOLDER).exists():
        raise InputError(f"--out {folder}: holds a sweep that is no search; expected another folder")
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=problem.section.seed))
    distributions = {
        problem.parameters[index].title: _distribution(optuna, problem.parameters[index])
        for index in problem.searched
    }
    played: dict[Point, int] = {}
    trials: list[Trial] = []
    with ExitStack() as stack:
        crew: list[Crew] = []

        def one_crew() -> AbstractContextManager[Crew]:
            if not crew:
                crew.append(stack.enter_context(workers()))
            return nullcontext(crew[0])

        for number in range(problem.section.trials):
            asked = study.ask(distributions)
            chosen = tuple(
                _value(problem.parameters[index], asked.params[problem.parameters[index].title])
                for index in problem.searched
            )
            first = played.setdefault(chosen, number)
            trial_plan = _trial_plan(plan, problem, chosen)
            place = folder / _FOLDER / f"trial-{first:04}"

            def on_run(progress: Any, number: int = number) -> None:
                on_progress(TrialProgress(number, problem.section.trials, progress.done, progress.total))

            if first == number and not run_sweep(
                trial_plan, open_store(place, trial_plan), one_crew, on_progress=on_run
            ):
                return None
            trial = _judged(number, problem, trial_plan, place)
            trials.append(trial)
            _tell(optuna, study, asked, trial)
            on_progress(TrialProgress(number + 1, problem.section.trials, 0, trial_plan.info.runs))
    found = optimum_of(problem, trials)
    _keep(plan, problem, folder, played, found)
    return found


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise InputError("--optimise: needs Optuna; pip install 'isomargin[sweep]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _distribution(optuna: Any, parameter: ParameterSection) -> Any:
    """Names have no order; listed numbers are their places; a range is the unit interval of its scale."""
    if parameter.choices is not None or not parameter.is_numeric:
        listed = values_of(parameter)
        return optuna.distributions.CategoricalDistribution([_plain(value) for value in listed])
    if parameter.values is not None:
        return optuna.distributions.IntDistribution(0, len(parameter.values) - 1)
    return optuna.distributions.FloatDistribution(0.0, 1.0)


def _plain(value: Value) -> str | bool:
    return value if isinstance(value, bool) else str(value)


def _value(parameter: ParameterSection, asked: Any) -> Value:
    if parameter.choices is not None or not parameter.is_numeric:
        value: Value = asked
        return value
    if parameter.values is not None:
        listed: Value = parameter.values[asked]
        return listed
    return value_at(parameter, min(float(asked), _JUST_BELOW_ONE))


def _trial_plan(plan: Plan, problem: Problem, chosen: Sequence[Value]) -> Plan:
    """The sweep of one trial: the chosen values with every combination of those not searched."""
    values = dict(zip(problem.searched, chosen, strict=True))
    axes = [
        (values[index],) if index in values else values_of(parameter)
        for index, parameter in enumerate(problem.parameters)
    ]
    trial = with_points(plan, list(itertools.product(*axes)))
    return replace(trial, info=replace(trial.info, design="trials"))


def _judged(number: int, problem: Problem, plan: Plan, folder: Path) -> Trial:
    sample = Sample(read_results(folder).table)
    named = {one.column for tree in (problem.objective, *problem.constraints) for one in statistics_of(tree)}
    runs = Runs.of(sample, sorted(named))
    confidence = plan.info.confidence
    return Trial(
        number=number,
        settings={plan.info.parameters[index].name: plan.settings[0][index] for index in problem.searched},
        objective=value_interval(problem.objective, runs, confidence),
        judgements=tuple(judge(one, runs, confidence) for one in problem.constraints),
        failed=sample.failed,
    )


def _tell(optuna: Any, study: Any, asked: Any, trial: Trial) -> None:
    values = [trial.objective.estimate, *(one.excess.estimate for one in trial.judgements)]
    if trial.failed or not np.isfinite(values).all():
        study.tell(asked, state=optuna.trial.TrialState.FAIL)
        return
    for place, judgement in enumerate(trial.judgements):
        asked.set_constraint(f"{place}: {judgement.text}", judgement.excess.estimate)
    study.tell(asked, trial.objective.estimate)


def _keep(plan: Plan, problem: Problem, folder: Path, played: Mapping[Point, int], found: Optimum) -> None:
    """Write the runs of all trials as one table, as a sweep leaves it, and the trials beside."""
    tables: list[pa.Table] = []
    points: list[Point] = []
    for chosen, number in played.items():
        trial_plan = _trial_plan(plan, problem, chosen)
        table = read_results(folder / _FOLDER / f"trial-{number:04}").table
        tables.append(_renumbered(table, len(points), len(points) * len(plan.info.seeds)))
        points += trial_plan.points
    whole = with_points(plan, points)
    info = replace(whole.info, design="trials")
    sink = pa.BufferOutputStream()
    pa_parquet.write_table(pa.concat_tables(tables).combine_chunks(), sink, compression="zstd")
    replace_file(folder / SWEEP, info.as_json().encode())
    replace_file(folder / RESULTS, sink.getvalue().to_pybytes())
    told: dict[str, Any] = {
        "minimise": found.minimise,
        "subject_to": found.subject_to,
        "best": None if found.best is None else found.best.number,
        "best_sure": None if found.best_sure is None else found.best_sure.number,
        "trials": [asdict(trial) for trial in found.trials],
    }
    replace_file(folder / TRIALS, (json.dumps(_known(told), indent=2) + "\n").encode())


def _known(value: Any) -> Any:
    """The same with null for numbers that are none, which JSON does not have."""
    if isinstance(value, Mapping):
        return {key: _known(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_known(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _renumbered(table: pa.Table, points: int, runs: int) -> pa.Table:
    """The same rows as those of later points and runs."""
    for name, offset in (("run", runs), ("point", points)):
        place = table.schema.get_field_index(name)
        moved = pa.array(np.asarray(table[name].to_numpy(), dtype=np.int64) + offset)
        table = table.set_column(place, table.schema.field(place), moved)
    return table
