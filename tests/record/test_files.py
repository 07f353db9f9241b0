import csv
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pa_parquet
import pytest

from isomargin import record
from isomargin.errors import InputError
from isomargin.record import CheckRow, Recorder, RunInfo, RunRecord
from isomargin.units import from_units, from_wad
from tests.record.crash import crash_record


@pytest.fixture(scope="module")
def crash() -> RunRecord:
    return crash_record()


def _contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


@pytest.mark.parametrize("formats", [("parquet",), ("csv",), ("parquet", "csv")])
def test_read__what_was_written__gives_the_record_back_exactly(
    crash: RunRecord, tmp_path: Path, formats: tuple[str, ...]
) -> None:
    record.write(crash, tmp_path, formats)

    assert record.read(tmp_path) == crash


@pytest.mark.parametrize("table_format", record.FORMATS)
def test_read__texts_with_quotes_commas_newlines_and_nothing__come_back(
    tmp_path: Path, table_format: str
) -> None:
    recorder = Recorder()
    for message in ("", ",", '"', "two\nlines", "null", "NA", " ", "\u00e9\u4e2d"):
        recorder.append(CheckRow(1, "I1", 1, 1, message))
    written = recorder.finish(RunInfo("odd", "py-evm", 1, 18), pool_deposited=0)

    record.write(written, tmp_path, [table_format])

    assert record.read(tmp_path) == written


def test_write__a_record__leaves_tables_summary_and_run(crash: RunRecord, tmp_path: Path) -> None:
    paths = record.write(crash, tmp_path / "deep" / "out")

    tables = {f"{table}.{ending}" for table in record.TABLES for ending in ("parquet", "csv")}
    assert {path.name for path in paths} == tables | {"summary.json", "run.json"}
    assert {path.name for path in (tmp_path / "deep" / "out").iterdir()} == {path.name for path in paths}
    assert paths[-1].name == "run.json"
    assert json.loads(paths[-2].read_text()) == crash.summary.as_object()


def test_write__twice__gives_the_same_bytes(crash: RunRecord, tmp_path: Path) -> None:
    record.write(crash, tmp_path / "one")
    record.write(crash_record(), tmp_path / "two")

    assert _contents(tmp_path / "one") == _contents(tmp_path / "two")


def test_parquet__opened_by_itself__holds_exact_decimals_and_units(crash: RunRecord, tmp_path: Path) -> None:
    record.write(crash, tmp_path)

    table = pa_parquet.read_table(tmp_path / "blocks.parquet")

    assert table.schema.equals(record.arrow_schema("blocks", 6), check_metadata=True)
    assert table["price"].to_pylist() == [Decimal(from_wad(row.price)) for row in crash.blocks]
    assert table["pool_cash"].to_pylist() == [Decimal(from_units(row.pool_cash, 6)) for row in crash.blocks]


def test_csv__opened_by_itself__holds_plain_decimal_text(crash: RunRecord, tmp_path: Path) -> None:
    record.write(crash, tmp_path)

    with (tmp_path / "positions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert [row["size"] for row in rows] == [from_wad(position.size) for position in crash.positions]
    assert {row["exit_price"] for row in rows if row["outcome"] == "open"} == {""}
    assert not any("E" in row["funding"] for row in rows)


def test_write__over_an_earlier_run__replaces_its_files_and_keeps_others(
    crash: RunRecord, tmp_path: Path
) -> None:
    record.write(crash, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    later = crash_record(positions=30, seed=8)

    record.write(later, tmp_path)

    assert record.read(tmp_path) == later
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_write__in_fewer_formats_than_before__is_read_without_the_old_files(
    crash: RunRecord, tmp_path: Path
) -> None:
    record.write(crash, tmp_path, ["parquet"])
    later = crash_record(positions=30, seed=8)

    record.write(later, tmp_path, ["csv"])

    assert record.read(tmp_path) == later


def test_write__interrupted_between_files__is_noticed_when_read(
    crash: RunRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.write(crash, tmp_path)
    original, calls = Path.replace, []

    def third_time_out(path: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(path, target)

    monkeypatch.setattr(Path, "replace", third_time_out)
    with pytest.raises(KeyboardInterrupt):
        record.write(crash_record(positions=30, seed=8), tmp_path)

    assert not list(tmp_path.glob(".*"))
    with pytest.raises(InputError, match=r"blocks\.parquet: not the file that the run"):
        record.read(tmp_path)


def test_write__below_a_file__is_refused_in_one_line(crash: RunRecord, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match=r"^cannot write .*blocks\.parquet: ") as caught:
        record.write(crash, tmp_path / "file")

    assert "\n" not in str(caught.value)


def test_write__unknown_format__is_refused_before_anything_is_written(
    crash: RunRecord, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="expected parquet or csv, found 'xls'"):
        record.write(crash, tmp_path, ["csv", "xls"])

    assert not list(tmp_path.iterdir())


def test_write__row_out_of_range__is_refused_before_anything_is_written(
    crash: RunRecord, tmp_path: Path
) -> None:
    absurd = replace(crash, blocks=(replace(crash.blocks[0], price=10**38),))

    with pytest.raises(InputError, match="table blocks, column price"):
        record.write(absurd, tmp_path)

    assert not list(tmp_path.iterdir())


def test_read__directory_without_a_record__says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*run\.json: No such file"):
        record.read(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[]", "expected a JSON object, found list"),
        ("{}", "expected layout 1, found None"),
        ('{"layout": 1}', "not written by isomargin"),
    ],
)
def test_read__run_json_of_another_kind__is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "run.json").write_text(content)

    with pytest.raises(InputError, match=message):
        record.read(tmp_path)


@pytest.mark.parametrize("name", ["positions.parquet", "summary.json"])
def test_read__file_changed_after_the_run__is_refused(crash: RunRecord, tmp_path: Path, name: str) -> None:
    record.write(crash, tmp_path)
    path = tmp_path / name
    path.write_bytes(path.read_bytes() + b"\n")

    with pytest.raises(InputError, match=f"{name}: not the file that the run"):
        record.read(tmp_path)
