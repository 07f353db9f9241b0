"""A sweep on a Dask cluster that the test starts: its numbers are those of processes, whatever workers do."""

from __future__ import annotations

import pytest

from isomargin.sweep import read_results
from tests.sweep.clusters import cluster
from tests.sweep.markets import SWEEP, write_sweep
from tests.sweep.processes import Meddling, ended, started, until, without_progress

pytest.importorskip("distributed")

# A file of prices travels along: workers are started elsewhere, and the file is gone by then.
CANDLES = "time,open,high,low,close\n" + "".join(
    f"{1_600_000_000 + 3_600 * hour},{price},{price + 2},{price - 9},{price - 5}\n"
    for hour, price in enumerate((200, 195, 190))
)
WITH_CANDLES = SWEEP + 'choices.table.prices.file = "candles.csv"\n'
_RUNS = 18


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> bytes:
    """The results of the same sweep by a process."""
    folder = tmp_path_factory.mktemp("undisturbed")
    file = write_sweep(folder, WITH_CANDLES)
    (folder / "candles.csv").write_text(CANDLES)
    code, _, err = ended(Meddling(folder), "sweep", file, "--out", folder / "out", "-j", 2)
    assert (code, err) == (0, "")
    return (folder / "out" / "results.parquet").read_bytes()


@pytest.mark.slow
def test_sweep__worker_killed_in_the_middle__has_the_same_bytes_as_without_a_cluster(tmp_path, undisturbed):
    file, out = write_sweep(tmp_path / "client", WITH_CANDLES), tmp_path / "out"
    candles = file.with_name("candles.csv")
    candles.write_text(CANDLES)
    slow = Meddling(tmp_path, sleep=0.5)
    with (
        cluster(tmp_path, slow, workers=2) as dask,
        started(slow, "-m", "isomargin", "sweep", file, "--out", out, "--scheduler", dask.address) as process,
    ):
        first, second = dask.workers
        until(lambda: {first.pid, second.pid} == {number for number, _ in slow.played()}, process)
        assert len(slow.played()) < _RUNS
        candles.unlink()
        first.kill()
        printed, complaint = process.communicate(timeout=180)

    assert (process.returncode, without_progress(complaint)) == (0, "")
    assert "18 runs" in printed
    assert (out / "results.parquet").read_bytes() == undisturbed
    assert len({run for _, run in slow.played()}) == _RUNS
    assert {number for number, _ in slow.played()[-3:]} == {second.pid}


@pytest.mark.slow
def test_sweep__run_that_kills_every_worker__ends_with_what_was_kept(tmp_path):
    file, out = write_sweep(tmp_path, 'scenario = "market.toml"\nseeds = 12\n'), tmp_path / "out"
    deadly = Meddling(tmp_path, kill=3)
    deadly.environment["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = "1"
    with cluster(tmp_path, deadly, workers=3) as dask:
        code, printed, err = ended(deadly, "sweep", file, "--out", out, "--scheduler", dask.address)

    assert (code, printed) == (1, "")
    [line] = err.splitlines()
    assert line.startswith("isomargin: workers of the cluster died again and again over one run")
    kept = read_results(out).table.num_rows
    assert f"; {kept} of 12 runs are kept in {out}; to go on: isomargin sweep {file}" in line


@pytest.mark.slow
def test_sweep__all_workers_gone__is_given_up(tmp_path):
    file, out = write_sweep(tmp_path), tmp_path / "out"
    deadly = Meddling(tmp_path, kill=3)
    with cluster(tmp_path, deadly, workers=1) as dask:
        code, printed, err = ended(deadly, "sweep", file, "--out", out, "--scheduler", dask.address)

    assert (code, printed) == (1, "")
    [line] = err.splitlines()
    assert line.startswith("isomargin: the cluster has had no workers for 30 s; ")


@pytest.mark.slow
def test_sweep__scheduler_that_goes__ends_with_what_was_kept(tmp_path):
    file, out = write_sweep(tmp_path), tmp_path / "out"
    slow = Meddling(tmp_path, sleep=1)
    with (
        cluster(tmp_path, slow, workers=1) as dask,
        started(slow, "-m", "isomargin", "sweep", file, "--out", out, "--scheduler", dask.address) as process,
    ):
        until(lambda: len(slow.played()) >= 2, process)
        dask.scheduler.kill()
        printed, complaint = process.communicate(timeout=180)

    assert (process.returncode, printed) == (1, "")
    [line] = without_progress(complaint).splitlines()
    assert line.startswith("isomargin: the cluster is gone: the connection to its scheduler broke; ")
    assert line.endswith(f"--scheduler {dask.address}")


def test_sweep__nobody_at_the_address__is_one_line_and_exit_code_2(tmp_path):
    file = write_sweep(tmp_path)

    code, printed, err = ended(
        Meddling(tmp_path), "sweep", file, "--out", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:1"
    )

    assert (code, printed) == (2, "")
    [line] = err.splitlines()
    assert line.startswith(
        "isomargin: --scheduler tcp://127.0.0.1:1: expected the scheduler of a Dask cluster"
    )
