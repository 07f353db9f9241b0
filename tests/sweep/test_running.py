"""How runs are handed out and taken back: rounds, windows, and what ends a sweep."""

from __future__ import annotations

import signal
from concurrent.futures import BrokenExecutor, CancelledError, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace

import pytest

from isomargin.errors import SweepStopped
from isomargin.sweep import Crew, Progress, RunResult, open_store, plan_sweep, read_results, run_sweep
from isomargin.sweep.workers import install, stopped_by
from tests.sweep.markets import SWEEP, write_sweep


class Hand(ThreadPoolExecutor):
    """Makes results up, and remembers how many were on their way at once."""

    def __init__(self, fails: dict[int, BaseException] | None = None) -> None:
        super().__init__(1)
        self.fails = fails or {}
        self.asked: list[int] = []
        self.most_waiting = 0

    def submit(self, function, /, *arguments, **_):
        job = arguments[-1]
        self.asked.append(job.run)
        self.most_waiting = max(self.most_waiting, self._work_queue.qsize() + 1)
        return super().submit(self._made_up, job)

    def _made_up(self, job) -> RunResult:
        if job.run in self.fails:
            raise self.fails[job.run]
        return RunResult(job.run, job.number, job.seed, liquidated=job.seed)


def crew_of(hand: Hand, size: int = 2):
    """Workers for as long as a context lasts, all of them one hand."""
    begun: list[int] = []

    @contextmanager
    def workers():
        begun.append(len(hand.asked))
        yield Crew(hand, lambda: size, "")

    return workers, begun


@pytest.fixture
def plan(tmp_path):
    """Four points of 500 seeds."""
    return plan_sweep(write_sweep(tmp_path, SWEEP.replace("seeds = 3", "seeds = 500")))


def test_run__many_runs__has_few_on_their_way_and_few_parts(tmp_path, plan):
    hand = Hand()
    workers, _ = crew_of(hand)
    seen: list[Progress] = []

    assert run_sweep(plan, open_store(tmp_path / "out", plan), workers, on_progress=seen.append)

    assert hand.asked == list(range(2_000))
    assert hand.most_waiting <= 6  # three for each of two workers
    assert seen[-1] == Progress(2_000, 2_000, 0)
    table = read_results(tmp_path / "out").table
    assert table.column("run").to_pylist() == list(range(2_000))
    assert table.column("liquidated").to_pylist() == list(plan.info.seeds) * 4


def test_run__rounds__have_workers_of_their_own(tmp_path, plan):
    workers, begun = crew_of(Hand())

    assert run_sweep(plan, open_store(tmp_path / "out", plan), workers, round_size=600)

    assert begun == [0, 600, 1_200, 1_800]
    assert read_results(tmp_path / "out").complete


def test_run__run_that_ends_it__keeps_all_others_that_came(tmp_path, plan):
    workers, _ = crew_of(Hand(fails={700: BrokenProcessPool("gone")}))

    with pytest.raises(SweepStopped, match=r"^a worker process died"):
        run_sweep(plan, open_store(tmp_path / "out", plan), workers)

    kept = read_results(tmp_path / "out").table.column("run").to_pylist()
    assert set(range(700)) <= set(kept)
    assert 700 not in kept

    again = Hand()
    workers, _ = crew_of(again)
    assert run_sweep(plan, open_store(tmp_path / "out", plan), workers)
    assert set(again.asked) == set(range(2_000)) - set(kept)
    assert len(again.asked) == 2_000 - len(kept)


def test_run__interrupted_while_a_part_is_written__keeps_its_rows(tmp_path, plan, monkeypatch):
    store, hand = open_store(tmp_path / "out", plan), Hand()
    workers, _ = crew_of(hand)
    add = store.add

    def interrupted(results):
        monkeypatch.setattr(store, "add", add)
        signal.raise_signal(signal.SIGINT)
        add(results)

    monkeypatch.setattr(store, "add", interrupted)

    assert not run_sweep(plan, store, workers)

    kept = read_results(tmp_path / "out").table.column("run").to_pylist()
    assert 256 <= len(kept) < 2_000  # a part's rows
    assert sorted(kept) == list(range(len(kept)))


def test_run__worker_that_was_interrupted__keeps_all_others_that_came(tmp_path, plan):
    workers, _ = crew_of(Hand(fails={700: KeyboardInterrupt()}))

    assert not run_sweep(plan, open_store(tmp_path / "out", plan), workers)

    kept = read_results(tmp_path / "out").table.column("run").to_pylist()
    assert set(range(700)) <= set(kept)
    assert 700 not in kept


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (BrokenProcessPool("x"), "a worker process died, for want of memory perhaps"),
        (MemoryError(), "a run needed more memory than its worker has"),
        (CancelledError(), "the cluster is gone"),
        (OSError("Timed out trying to connect"), "the cluster is gone"),
        (
            type("KilledWorker", (Exception,), {})("x"),
            "workers of the cluster died again and again over one run",
        ),
        (SweepStopped("as it says"), "as it says"),
        (BrokenExecutor("much\nto say"), "a worker failed: BrokenExecutor: much to say"),
    ],
)
def test_stopped_by__whatever_came__is_one_line(error, line):
    assert str(stopped_by(error)).startswith(line)
    assert "\n" not in str(stopped_by(error))


@pytest.mark.parametrize("name", ["isomargin", "revm", "contracts"])
def test_install__another_version__is_refused(plan, name):
    there = replace(plan.cargo, versions={**plan.cargo.versions, name: "0.0.7"})

    with pytest.raises(
        SweepStopped, match=rf"^a worker has another {name}: expected 0\.0\.7, as here, found "
    ):
        install(there)
