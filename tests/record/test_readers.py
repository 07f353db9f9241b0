"""pandas, polars and DuckDB open every table as it is, with money to the last digit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

from isomargin.record import TABLES, ExpectationRow, RunRecord, StepRow, columns_of, write
from tests.record.crash import crash_record

Columns = dict[str, list[Any]]
LARGEST = 10**38 - 1  # units: what a decimal column can hold


def by_pandas(path: Path) -> Columns:
    frame = pd.read_parquet(path)
    return {name: [None if _is_missing(cell) else cell for cell in frame[name]] for name in frame.columns}


def by_polars(path: Path) -> Columns:
    return pl.read_parquet(path).to_dict(as_series=False)


def by_duckdb(path: Path) -> Columns:
    relation = duckdb.sql(f"select * from '{path}'")
    rows = relation.fetchall()
    return {name: [row[place] for row in rows] for place, name in enumerate(relation.columns)}


def _is_missing(cell: Any) -> bool:
    return not isinstance(cell, Decimal) and bool(pd.isna(cell))


READERS = [by_pandas, by_polars, by_duckdb]


@pytest.fixture(scope="module")
def record() -> RunRecord:
    """A record with rows in every table, with nulls, negative amounts and the largest that fit."""
    crash = crash_record(positions=60)
    extreme = replace(
        crash.positions[0], funding=-LARGEST, fees=LARGEST, payout=LARGEST, penalty=1, size=-1, waited=None
    )
    keeper = replace(crash.keepers[0], gas_used=None, gas_cost_wei=LARGEST, gas_cost=-1)
    return replace(
        crash,
        positions=(extreme, *crash.positions[1:]),
        keepers=(keeper, *crash.keepers[1:]),
        steps=(StepRow(1, "pump", None, None, "mallory", "open", None, "waited", "succeeds"),),
        expectations=(ExpectationRow("at the end", 3, "a == b", "1", "1", "0", True, ""),),
    )


@pytest.fixture(scope="module")
def folder(record: RunRecord, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record")
    write(record, path, ["parquet"])
    return path


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("reader", READERS)
def test_table__opened_by_a_library__holds_every_cell_exactly(record, folder, reader, table):
    read = reader(folder / f"{table}.parquet")
    rows = record.table(table)
    assert rows
    assert list(read) == [column.name for column in columns_of(TABLES[table])]
    for column in columns_of(TABLES[table]):
        written = [getattr(row, column.name) for row in rows]
        digits = column.digits(record.run.token_decimals)
        found = read[column.name]
        if digits is not None:
            assert {type(cell) for cell in found} <= {Decimal, type(None)}, column.name
            found = [None if cell is None else units(cell, digits) for cell in found]
        assert found == written, column.name


def units(cell: Decimal, digits: int) -> int:
    """The integer behind a decimal; fails where a digit was lost or added."""
    sign, figures, exponent = cell.as_tuple()
    assert isinstance(exponent, int)
    whole = int("".join(map(str, figures)))
    assert exponent >= -digits
    return (-1 if sign else 1) * whole * 10 ** (digits + exponent)


def sum_by_pandas(path: Path, column: str) -> Decimal:
    return pd.read_parquet(path)[column].sum()


def sum_by_polars(path: Path, column: str) -> Decimal:
    return pl.read_parquet(path)[column].sum()


def sum_by_duckdb(path: Path, column: str) -> Decimal:
    [[total]] = duckdb.sql(f"select sum({column}) from '{path}'").fetchall()
    return total


@pytest.mark.parametrize("total", [sum_by_pandas, sum_by_polars, sum_by_duckdb])
def test_sum__by_a_library__is_the_sum_of_the_integers(
    tmp_path: Path, total: Callable[[Path, str], Decimal]
) -> None:
    crash = crash_record()
    write(crash, tmp_path, ["parquet"])
    path = tmp_path / "positions.parquet"

    assert units(total(path, "bad_debt"), 18) == sum(row.bad_debt for row in crash.positions)
    assert units(total(path, "payout"), 6) == sum(row.payout for row in crash.positions)
