import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isomargin.errors import InputError, ScenarioError
from isomargin.sweep import Crew, plan_sweep, read_results
from isomargin.sweep.optimisation import TRIALS, search
from isomargin.sweep.plan import Job
from isomargin.sweep.results import RunResult
from isomargin.sweep.trials import read_problem
from tests.sweep.markets import write_sweep

WAD = 10**18
FILE = """\
scenario = "market.toml"
engine = "py-evm"
seeds = 40

[[parameters]]
name = "health"
key = "risk.health_target"
min = 1.05
max = 2.0
count = 3

[[parameters]]
name = "prices"
choices.calm.prices.gbm.volatility = 0.3
choices.wild.prices.gbm.volatility = 4

[optimise]
minimise = "mean(margin)"
subject_to = ["quantile(bad_debt, 0.75) <= 500"]
trials = 20
seed = 1
"""


def law(job: Job) -> RunResult:
    """More health, more margin and less debt; the chance of a seed is the same at every point."""
    health, prices = float(job.point[0]), job.point[1]
    chance = float(np.random.default_rng(job.seed).normal())
    debt = max(0.0, 2_000 * (1.6 - health) * (3 if prices == "wild" else 1) + 20 * chance)
    return RunResult(
        job.run, job.number, job.seed, bad_debt=int(debt * WAD), margin=int((1_000 * health + chance) * WAD)
    )


class Players:
    """Workers that answer at once, by a law in place of a market, and count."""

    def __init__(self, law: Callable[[Job], RunResult] = law, most: int = 10**9) -> None:
        self.law = law
        self.most = most
        self.played = 0
        self.begun = 0
        self.window = 8

    def submit(self, job: Job) -> Future[RunResult]:
        if self.played >= self.most:
            raise KeyboardInterrupt
        self.played += 1
        future: Future[RunResult] = Future()
        future.set_result(self.law(job))
        return future

    @contextmanager
    def __call__(self) -> Iterator[Crew]:
        self.begun += 1
        yield self  # type: ignore[misc]


def run(folder: Path, players: Players, text: str = FILE, names: tuple[str, ...] = ()) -> Any:
    file = write_sweep(folder, text)
    return search(plan_sweep(file), read_problem(file, names), folder / "out", players)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    return run(folder, Players()), folder / "out"


def test_search__known_law__finds_the_least_margin_that_meets_the_constraint(found):
    optimum, _ = found
    # calm prices need health of 1.6 less 500/2000, and 20 times the seeds' third quartile more
    third = np.quantile([np.random.default_rng(seed).normal() for seed in range(1, 41)], 0.75)
    least = 1.6 - (500 - 20 * third) / 2_000
    assert len(optimum.trials) == 20
    assert optimum.best.settings["prices"] == "calm"
    assert least <= optimum.best.settings["health"] < least + 0.1
    for trial in optimum.trials:
        if trial.feasible:
            assert trial.objective.estimate >= optimum.best.objective.estimate


def test_search__best_for_sure__meets_the_limit_with_the_end_of_its_interval(found):
    optimum, _ = found
    sure = optimum.best_sure
    assert sure.judgements[0].excess.high <= 0
    assert sure.objective.estimate >= optimum.best.objective.estimate


def test_search__front__gets_safer_as_it_gets_dearer(found):
    front = found[0].front
    costs = [trial.objective.estimate for trial in front]
    excess = [trial.judgements[0].excess.estimate for trial in front]
    assert len(front) > 1
    assert costs == sorted(costs)
    assert excess == sorted(excess, reverse=True)


def test_search__its_folder__is_that_of_a_sweep_over_all_trials(found):
    optimum, folder = found
    results = read_results(folder)
    assert results.complete
    assert results.info.design == "trials"
    assert results.table["run"].to_pylist() == list(range(results.info.runs))
    distinct = {tuple(trial.settings.values()) for trial in optimum.trials}
    assert results.info.points == len(distinct)
    told = json.loads((folder / TRIALS).read_text())
    assert told["best"] == optimum.best.number
    assert [trial["number"] for trial in told["trials"]] == list(range(20))


def test_search__same_seed__same_trials(found, tmp_path):
    assert run(tmp_path, Players()) == found[0]


def test_search__again_in_its_folder__plays_nothing_and_begins_no_worker(tmp_path):
    first = Players()
    optimum = run(tmp_path, first)
    before = (tmp_path / "out" / "results.parquet").read_bytes()
    again = Players()
    assert run(tmp_path, again) == optimum
    assert (again.played, again.begun) == (0, 0)
    assert first.begun == 1
    assert (tmp_path / "out" / "results.parquet").read_bytes() == before


def test_search__interrupted__goes_on_without_playing_a_run_twice(found, tmp_path):
    whole = read_results(found[1]).info.runs
    first = Players(most=330)
    assert run(tmp_path, first) is None
    second = Players()
    assert run(tmp_path, second) == found[0]
    # what was on its way when it was interrupted is kept as well
    assert first.played + second.played == whole
    assert second.played >= whole - 330


def test_search__over_one_parameter__plays_every_value_of_the_others_in_each_trial(tmp_path):
    optimum = run(tmp_path, Players(), FILE.replace("trials = 20", "trials = 4"), ("health",))
    table = read_results(tmp_path / "out").table
    assert [set(trial.settings) for trial in optimum.trials] == [{"health"}] * 4
    assert table.num_rows == 4 * 2 * 40
    assert set(table["parameter.prices"].to_pylist()) == {"calm", "wild"}


def test_search__runs_that_fail__their_trial_is_not_judged(tmp_path):
    def failing(job: Job) -> RunResult:
        if float(job.point[0]) < 1.4 and job.seed == 7:
            return RunResult(job.run, job.number, job.seed, error="market: no")
        return law(job)

    optimum = run(tmp_path, Players(failing), FILE.replace("trials = 20", "trials = 8"))
    assert {trial.failed > 0 for trial in optimum.trials} == {True, False}
    for trial in optimum.trials:
        assert (trial.settings["health"] < 1.4) == (trial.failed > 0)
        assert not (trial.failed and trial.feasible)


def test_search__listed_numbers_and_whole_ranges__are_tried_as_listed(tmp_path):
    listed = FILE.replace("min = 1.05\nmax = 2.0\ncount = 3", "values = [1.1, 1.5, 1.9]")
    optimum = run(tmp_path, Players(), listed)
    assert {trial.settings["health"] for trial in optimum.trials} <= {1.1, 1.5, 1.9}
    assert optimum.best.settings == {"health": 1.5, "prices": "calm"}
    assert (
        read_results(tmp_path / "out").info.points <= 6
    )  # a point is played once, however often it is tried


def test_search__in_the_folder_of_a_sweep__is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sweep.json").write_text("{}")
    with pytest.raises(InputError, match="holds a sweep that is no search; expected another folder"):
        run(tmp_path, Players())


@pytest.mark.parametrize(
    ("old", "new", "names", "message"),
    [
        ("mean(margin)", "mean(margn)", (), 'sweep.toml:18: optimise.minimise: column 6: unknown outcome'),
        ("0.75", "75", (), "sweep.toml:19: optimise.subject_to[0]: column 20: expected a level"),
        ("health", "health", ("helth",), "--over: unknown parameter 'helth'; did you mean \"health\"?"),
        ("count = 3", "", ("prices",), "sweep.toml:5: parameters[0].count: missing"),
    ],
)  # fmt: skip
def test_problem__that_cannot_be_read__is_refused_with_its_place(tmp_path, old, new, names, message):
    file = write_sweep(tmp_path, FILE.replace(old, new))
    with pytest.raises(InputError) as refusal:
        read_problem(file, names)
    assert message in str(refusal.value)


def test_problem__without_the_table__is_refused(tmp_path):
    file = write_sweep(tmp_path, FILE.partition("[optimise]")[0])
    with pytest.raises(InputError, match=r"--optimise: expected a table \[optimise\] in the file"):
        read_problem(file)


def test_problem__errors__are_of_scenarios_where_a_key_is_wrong(tmp_path):
    file = write_sweep(tmp_path, FILE.replace("<= 500", "== 500"))
    with pytest.raises(ScenarioError, match="expected one of <, <=, > and >="):
        read_problem(file)
