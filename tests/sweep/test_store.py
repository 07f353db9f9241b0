"""The folder of a sweep: parts while it goes on, one table whatever the parts were, and disks that are full."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal

import pyarrow.parquet as pa_parquet
import pytest

from isomargin.errors import InputError, SweepStopped
from isomargin.sweep import RunResult, open_store, plan_sweep, read_results, result_schema
from isomargin.sweep.results import SweepInfo
from tests.sweep.markets import SWEEP, write_sweep


@pytest.fixture
def plan(tmp_path):
    """Twelve runs of four points."""
    return plan_sweep(write_sweep(tmp_path / "files"))


def row(plan, run: int, **said) -> RunResult:
    """A result that nobody played."""
    job = plan.job(run)
    return RunResult(run, job.number, job.seed, bad_debt=run * 10**18 + 1, pool_return=run / 8, **said)


def kept(folder):
    """The runs in a folder."""
    return read_results(folder).table.column("run").to_pylist()


def filled(folder, plan, groups) -> bytes:
    """The table that parts of these runs make."""
    store = open_store(folder, plan)
    for group in groups:
        store.add([row(plan, run) for run in group])
    store.finish()
    store.release()
    return (folder / "results.parquet").read_bytes()


def test_store__parts_of_any_order__make_the_same_bytes(tmp_path, plan):
    in_order = filled(tmp_path / "a", plan, [range(12)])
    shuffled = filled(tmp_path / "b", plan, [(11, 0, 5), (4,), (1, 2, 3, 10, 9), (8, 7, 6)])

    assert shuffled == in_order
    assert sorted(one.name for one in (tmp_path / "b").iterdir()) == [
        ".lock",
        "results.parquet",
        "sweep.json",
    ]


def test_results__table__has_its_schema_and_exact_money(tmp_path, plan):
    filled(tmp_path / "a", plan, [range(12)])

    results = read_results(tmp_path / "a")

    assert results.complete
    assert results.table.schema.equals(result_schema(plan.info.parameters), check_metadata=True)
    assert results.table.schema.names[:5] == ["run", "point", "seed", "parameter.health", "parameter.prices"]
    last = results.table.to_pylist()[-1]
    assert last["bad_debt"] == Decimal("11.000000000000000001")
    assert (last["parameter.health"], last["parameter.prices"], last["seed"]) == (1.5, "wild", 3)
    assert (last["pool_return"], last["liquidated"], last["error"]) == (11 / 8, None, "")
    assert results.info == plan.info
    unit = pa_parquet.read_schema(tmp_path / "a" / "results.parquet").field("bad_debt").metadata[b"unit"]
    assert unit == b"quote"


def test_store__begun_again__knows_what_is_done_and_clears_what_is_half(tmp_path, plan):
    folder = tmp_path / "out"
    before = open_store(folder, plan)
    before.add([row(plan, 3), row(plan, 7)])
    before.release()
    half = folder / "parts" / ".part-000001.parquet.77.partial"
    half.write_bytes(b"PAR1 half of")

    store = open_store(folder, plan)

    assert store.done == {3, 7}
    assert not half.exists()
    store.add([row(plan, 3, liquidated=99), row(plan, 4)])  # what is finished stays
    assert kept(folder) == [3, 4, 7]
    assert read_results(folder).table.column("liquidated").to_pylist() == [None, None, None]
    assert not read_results(folder).complete


def test_store__another_fingerprint__is_refused(tmp_path, plan):
    folder = tmp_path / "out"
    open_store(folder, plan).release()
    other = plan_sweep(write_sweep(tmp_path / "other", SWEEP.replace("1.5", "1.6")))

    with pytest.raises(InputError, match=f"^--out {folder}: holds another sweep"):
        open_store(folder, other)


def test_store__somebody_else_at_it__is_refused(tmp_path, plan):
    first = open_store(tmp_path / "out", plan)

    with pytest.raises(InputError, match=r"another process is playing this sweep$"):
        open_store(tmp_path / "out", plan)
    first.release()
    open_store(tmp_path / "out", plan).release()


def test_store__results_without_a_sweep__are_not_overwritten(tmp_path, plan):
    (tmp_path / "results.parquet").write_bytes(b"somebody's")

    with pytest.raises(InputError, match=r"found results without sweep\.json$"):
        open_store(tmp_path, plan)


def test_store__folder_below_a_file__cannot_be_written(tmp_path, plan):
    (tmp_path / "file").touch()

    with pytest.raises(InputError, match=r"^cannot write .*Not a directory$"):
        open_store(tmp_path / "file" / "out", plan)


def test_add__full_disk__stops_and_keeps_what_was_there(tmp_path, plan):
    folder = tmp_path / "out"
    store = open_store(folder, plan)
    store.add([row(plan, 0)])
    (folder / "parts" / f".part-000001.parquet.{os.getpid()}.partial").symlink_to("/dev/full")

    with pytest.raises(SweepStopped, match=r"part-000001\.parquet: No space left on device$"):
        store.add([row(plan, 1)])

    assert store.done == {0}
    assert kept(folder) == [0]


def test_finish__full_disk__stops_and_keeps_the_parts(tmp_path, plan):
    folder = tmp_path / "out"
    store = open_store(folder, plan)
    store.add([row(plan, run) for run in range(12)])
    (folder / ".results.parquet.partial").symlink_to("/dev/full")

    with pytest.raises(SweepStopped, match=r"^cannot write .*results\.parquet: .*No space left on device"):
        store.finish()

    assert not (folder / "results.parquet").exists()
    assert kept(folder) == list(range(12))
    store.release()
    again = open_store(folder, plan)
    again.finish()
    assert read_results(folder).complete


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda folder: (folder / "sweep.json").unlink(),
            r"expected the folder of a sweep, found no sweep\.json",
        ),
        (lambda folder: (folder / "sweep.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "sweep.json").write_text("{}"), "not written by a sweep"),
        (lambda folder: (folder / "sweep.json").write_text('{"layout": 9}'), "expected layout 1, found 9"),
        (lambda folder: (folder / "results.parquet").write_bytes(b"no"), "its results cannot be read"),
    ],
)
def test_read_results__spoilt_folder__is_one_line(tmp_path, plan, spoil, message):
    filled(tmp_path / "out", plan, [range(12)])
    spoil(tmp_path / "out")

    with pytest.raises(InputError, match=message):
        read_results(tmp_path / "out")


def test_read_results__columns_of_another_sweep__are_refused(tmp_path, plan):
    filled(tmp_path / "out", plan, [range(12)])
    fewer: SweepInfo = replace(plan.info, parameters=plan.info.parameters[:1])
    (tmp_path / "out" / "sweep.json").write_text(fewer.as_json())

    with pytest.raises(InputError, match="expected the columns of this sweep, found others"):
        read_results(tmp_path / "out")
