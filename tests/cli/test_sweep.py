"""`isomargin sweep` in this process: what it refuses, what it prints, and how it ends."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from isomargin.errors import ChainError
from isomargin.simulation import simulate
from isomargin.sweep import Crew, Progress, read_results
from isomargin.sweep.workers import install
from tests.sweep.markets import SWEEP, write_sweep
from tests.sweep.wrong_sweeps import WRONG

SHORT = SWEEP.replace("seeds = 3", "seeds = 1")


@contextmanager
def workers_here(cargo, processes, memory_limit=None):
    """A worker that is a thread of this process: spawned ones are tried elsewhere."""
    install(cargo)
    with ThreadPoolExecutor(1) as pool:
        yield Crew(pool, lambda: 1, cargo.fingerprint)


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    """Play in this process, and write below the folder of the test."""
    monkeypatch.setattr("isomargin.cli.sweep.local_workers", workers_here)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("case", WRONG)
def test_sweep__malformed_file__is_one_line_and_exit_code_2(command, tmp_path, case):
    text, message = WRONG[case]
    file = write_sweep(tmp_path, text)

    ended = command("sweep", file, "--out", tmp_path / "out")

    assert (ended.code, ended.out) == (2, "")
    [line] = ended.err.splitlines()
    assert line.startswith(f"isomargin: {file}{message}")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--engine", "rvm"], "--engine: unknown engine 'rvm', did you mean revm?"),
        (
            ["--engine", "http://127.0.0.1:1"],
            "--engine: a sweep plays runs side by side: expected revm or py-evm",
        ),
        (["--memory-limit", "much"], "--memory-limit much: expected a size of 64 MB or more, such as 4GB"),
        (["--memory-limit", "1MB"], "--memory-limit 1MB: expected a size of 64 MB or more"),
        (["-j", "2", "--scheduler", "tcp://x:1"], "--scheduler: not used with -j"),
        (["--memory-limit", "1GB", "--scheduler", "tcp://x:1"], "--scheduler: not used with --memory-limit"),
        (["-j", "0"], "Invalid value for '-j' / '--processes': "),
    ],
)
def test_sweep__wrong_option__is_one_line_and_exit_code_2(command, tmp_path, options, message):
    ended = command("sweep", write_sweep(tmp_path), *options)

    assert (ended.code, ended.out) == (2, "")
    [line] = ended.err.splitlines()
    assert line.startswith(f"isomargin: {message}")


def test_sweep__no_file__is_one_line_and_exit_code_2(command, tmp_path):
    ended = command("sweep", tmp_path / "none.toml")

    assert (ended.code, ended.err) == (2, f"isomargin: {tmp_path / 'none.toml'}: no such file\n")


def test_sweep__unwritable_directory__is_refused_before_the_first_run(command, tmp_path):
    (tmp_path / "file").touch()

    ended = command("sweep", write_sweep(tmp_path), "--out", tmp_path / "file" / "out")

    assert ended.code == 2
    out = tmp_path / "file" / "out"
    assert ended.err == f"isomargin: --out {out}: expected a directory to write to (Not a directory)\n"


def test_sweep__short_one__prints_a_table_and_keeps_results(command, tmp_path):
    ended = command("sweep", write_sweep(tmp_path, SHORT))

    assert (ended.code, ended.err) == (0, "")
    title, head, *rows, where = ended.out.splitlines()
    assert title == "small market: 4 points of 1 seeds"
    assert head.split() == ["4", "runs", "mean", "median", "95%", "99%", "most"]
    assert [row[:20].strip() for row in rows][:2] == ["bad debt", "insurance drawdown"]
    assert where.split() == ["results", "out/sweep/results.parquet"]
    results = read_results(tmp_path / "out" / "sweep")
    assert results.complete
    debts = [float(cell) for cell in results.table.column("bad_debt").to_pylist()]
    assert rows[0].split()[2] == f"{sum(debts) / 4:,.2f}"


def test_sweep__whole_already__plays_nothing_and_prints_the_same(command, tmp_path, monkeypatch):
    file = write_sweep(tmp_path, SHORT)
    first = command("sweep", file)

    def refuse(*_, **__):
        raise AssertionError("a finished run is played again")

    monkeypatch.setattr("isomargin.cli.sweep.local_workers", refuse)

    assert command("sweep", file) == first


def test_sweep__json__is_one_object(command, tmp_path):
    ended = command("sweep", write_sweep(tmp_path, SHORT), "--json", "--out", tmp_path / "out")

    told = json.loads(ended.out)
    assert (told["runs"], told["points"], told["failed"], told["engine"]) == (4, 4, 0, "revm")
    assert told["folder"] == str(tmp_path / "out")
    assert told["outcomes"]["bad_debt"]["most"] >= told["outcomes"]["bad_debt"]["median"]


def test_sweep__changed_file_in_the_same_folder__is_refused(command, tmp_path):
    out = tmp_path / "out"
    command("sweep", write_sweep(tmp_path, SHORT), "--out", out)

    ended = command("sweep", write_sweep(tmp_path, SHORT.replace("1.5", "1.6")), "--out", out)

    assert ended.code == 2
    [line] = ended.err.splitlines()
    assert line.startswith(f"isomargin: --out {out}: holds another sweep (4 runs of 'small market'; ")


def test_sweep__runs_that_fail__are_counted_and_the_others_kept(command, tmp_path, monkeypatch):
    def sometimes(scenario, **options):
        if scenario.risk.health_target == 15 * 10**17:
            raise ChainError("no such luck")
        return simulate(scenario, **options)

    monkeypatch.setattr("isomargin.sweep.playing.simulate", sometimes)

    ended = command("sweep", write_sweep(tmp_path, SHORT), "--out", tmp_path / "out")

    assert ended.code == 1
    assert ended.err == ("isomargin: 2 of 4 runs failed; the first, run 2 with seed 1: no such luck\n")
    errors = read_results(tmp_path / "out").table.column("error").to_pylist()
    assert errors == ["", "", "no such luck", "no such luck"]
    assert "bad debt" in ended.out


def test_sweep__interrupted__keeps_what_is_finished(command, tmp_path, monkeypatch):
    def stop(scenario, **options):
        if scenario.risk.health_target == 15 * 10**17:
            raise KeyboardInterrupt
        return simulate(scenario, **options)

    monkeypatch.setattr("isomargin.sweep.playing.simulate", stop)
    file, out = write_sweep(tmp_path, SHORT), tmp_path / "out"

    ended = command("sweep", file, "--out", out, "-j", 1)

    assert (ended.code, ended.out) == (130, "")
    assert ended.err == (
        f"isomargin: interrupted; 2 of 4 runs are kept in {out}; "
        f"to go on: isomargin sweep {file} --out {out} -j 1\n"
    )


def test_rate__words__are_what_is_left():
    from isomargin.cli.sweep_progress import rate_text

    assert rate_text(Progress(500, 1_000, 0), 100, 10) == "500 of 1,000 runs, 10.0 runs a second, 50 s left"
    assert rate_text(Progress(0, 10, 0), 0, 0) == "0 of 10 runs, 0.0 runs a second"
