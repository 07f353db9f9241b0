"""A sweep as a process that is killed, interrupted or starved: what is finished is kept, and played once."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest

from isomargin.sweep import read_results
from tests.sweep.markets import write_sweep
from tests.sweep.processes import Meddling, ended, started, until, without_progress

_RUNS = 12


def parts(folder: Path) -> list[Path]:
    """Those that are complete."""
    return list((folder / "parts").glob("part-*.parquet"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> bytes:
    """The results of the small sweep, by one process that nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    code, _, err = ended(Meddling(folder), "sweep", write_sweep(folder), "--out", folder / "out", "-j", 1)
    assert (code, err) == (0, "")
    return (folder / "out" / "results.parquet").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("processes", [2, 3])
def test_sweep__several_processes__gives_the_same_bytes(tmp_path, undisturbed, processes):
    meddling = Meddling(tmp_path)

    code, _, err = ended(meddling, "sweep", write_sweep(tmp_path), "--out", tmp_path / "out", "-j", processes)

    assert (code, err) == (0, "")
    assert (tmp_path / "out" / "results.parquet").read_bytes() == undisturbed
    assert not (tmp_path / "out" / "parts").exists()
    played = meddling.played()
    assert len({run for _, run in played}) == len(played) == _RUNS
    assert len({process for process, _ in played}) > 1


@pytest.mark.slow
def test_sweep__killed_and_begun_again__repeats_no_finished_run(tmp_path, undisturbed):
    file, out = write_sweep(tmp_path), tmp_path / "out"
    slow = Meddling(tmp_path, sleep=1.5)
    with started(slow, "-m", "isomargin", "sweep", file, "--out", out, "-j", 2) as process:
        until(lambda: bool(parts(out)), process)
        process.kill()
        process.wait()
        kept = {row["run"] for row in read_results(out).table.select(["run"]).to_pylist()}
        before = slow.played()
        workers = {number for number, _ in before}
        until(lambda: not any(Path(f"/proc/{number}").exists() for number in workers))  # nobody is left

    code, _, err = ended(Meddling(tmp_path), "sweep", file, "--out", out, "-j", 2)

    assert (code, err) == (0, "")
    assert (out / "results.parquet").read_bytes() == undisturbed
    assert 0 < len(kept) < _RUNS
    after = slow.played()[len(before) :]
    assert len(after) == _RUNS - len(kept)
    assert not (out / "parts").exists()


@pytest.mark.slow
def test_sweep__interrupted__says_how_to_go_on(tmp_path, undisturbed):
    file, out = write_sweep(tmp_path), tmp_path / "out"
    slow = Meddling(tmp_path, sleep=1)
    with started(slow, "-m", "isomargin", "sweep", file, "--out", out, "-j", 2) as process:
        until(lambda: len(slow.played()) >= 5, process)
        process.send_signal(signal.SIGINT)
        printed, complaint = process.communicate(timeout=180)

    assert (process.returncode, printed) == (130, "")
    [line] = without_progress(complaint).splitlines()
    match = re.fullmatch(r"isomargin: interrupted; (\d+) of 12 runs are kept in (\S+); to go on: (.*)", line)
    assert match is not None
    assert 1 <= int(match[1]) == read_results(out).table.num_rows < _RUNS
    assert match[3] == f"isomargin sweep {file} --out {out} -j 2"

    code, _, err = ended(Meddling(tmp_path), *match[3].split()[1:])

    assert (code, err) == (0, "")
    assert (out / "results.parquet").read_bytes() == undisturbed


@pytest.mark.slow
def test_sweep__worker_killed__ends_with_what_was_kept(tmp_path, undisturbed):
    file, out = write_sweep(tmp_path), tmp_path / "out"

    code, printed, err = ended(Meddling(tmp_path, kill=3), "sweep", file, "--out", out, "-j", 1)

    assert (code, printed) == (1, "")
    [line] = err.splitlines()
    assert line.startswith(
        "isomargin: a worker process died, for want of memory perhaps: fewer with -j need less"
    )
    assert "; 2 of 12 runs are kept in " in line
    assert line.endswith(f"to go on: isomargin sweep {file} --out {out} -j 1")
    assert [row["seed"] for row in read_results(out).table.to_pylist()] == [1, 2]


@pytest.mark.slow
def test_sweep__run_beyond_the_memory_limit__ends_with_what_was_kept(tmp_path):
    file, out = write_sweep(tmp_path), tmp_path / "out"
    hungry = Meddling(tmp_path, memory=3)

    code, printed, err = ended(hungry, "sweep", file, "--out", out, "-j", 1, "--memory-limit", "64GB")

    assert (code, printed) == (1, "")
    [line] = err.splitlines()
    assert line.startswith(
        "isomargin: a run needed more memory than its worker has; 2 of 12 runs are kept in "
    )
    assert line.endswith("--memory-limit 64GB")


@pytest.mark.slow
def test_sweep__memory_that_no_process_can_begin_with__is_one_line(tmp_path):
    file, out = write_sweep(tmp_path), tmp_path / "out"

    code, printed, err = ended(
        Meddling(tmp_path), "sweep", file, "--out", out, "-j", 1, "--memory-limit", "64MB"
    )

    assert (code, printed) == (1, "")
    assert err.splitlines()[-1].startswith("isomargin: a worker process died, for want of memory perhaps")
    assert "Traceback" not in err


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 16 kB, where a test may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True, timeout=30).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("no disk can be mounted here; the store is tried on /dev/full besides")
    yield place
    subprocess.run(["umount", str(place)], timeout=30, check=True)


@pytest.mark.slow
def test_sweep__full_disk__ends_with_what_was_kept(tmp_path, small_disk):
    file = write_sweep(tmp_path)

    code, printed, err = ended(Meddling(tmp_path), "sweep", file, "--out", small_disk / "out", "-j", 1)

    assert (code, printed) == (1, "")
    [line] = err.splitlines()
    assert "No space left on device; " in line
    assert f" of 12 runs are kept in {small_disk / 'out'}; to go on: isomargin sweep " in line
