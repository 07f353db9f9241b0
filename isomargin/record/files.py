"""A record on disk: tables as Parquet and CSV, ``summary.json``, and ``run.json``, which is written last."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from isomargin.errors import InputError
from isomargin.record.columns import column_names, columns_of
from isomargin.record.rows import TABLES, Row, arrow_schema
from isomargin.record.run import Recorder, RunInfo, RunRecord
from isomargin.units import to_units

__all__ = ["FORMATS", "arrow_table", "read", "replace_file", "write"]

FORMATS = ("parquet", "csv")
_LATER = ("steps", "expectations", "margin_ratios", "liquidation_prices")  # tables that older records lack
_LAYOUT = 1  # of run.json and the tables; a reader refuses what it does not know


def write(record: RunRecord, directory: str | Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write a record; the same record gives the same bytes.

    Each file appears under its name only when complete, and ``run.json``, with the digests of the others,
    only after all of them: a reader notices a write that was interrupted. Files of an earlier run are
    replaced one by one; other files in the directory stay.

    Parameters
    ----------
    record : RunRecord
        What to write.
    directory : str or Path
        Made if missing, parents included.
    formats : sequence of str
        Of the tables: "parquet", "csv" or both.

    Returns
    -------
    list of Path
        The files, in the order written.

    Raises
    ------
    InputError
        If a format is unknown, or the directory cannot be made or written.
    """
    directory = Path(directory)
    contents: dict[str, bytes] = {}
    for table_format in formats:
        if table_format not in FORMATS:
            raise InputError(f"format of a record: expected {' or '.join(FORMATS)}, found {table_format!r}")
        encode = _parquet_bytes if table_format == "parquet" else _csv_bytes
        contents |= {f"{table}.{table_format}": encode(record, table) for table in TABLES}
    contents["summary.json"] = record.summary.as_json().encode()
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    run_json = {"layout": _LAYOUT, **asdict(record.run), "files": digests}
    contents["run.json"] = (json.dumps(run_json, indent=2) + "\n").encode()
    for name, content in contents.items():
        replace_file(directory / name, content)
    return [directory / name for name in contents]


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that its name never holds a part of it; the directory is made if missing.

    Raises
    ------
    InputError
        If it cannot be written, with the path and the system's reason.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(content)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from None


def arrow_table(record: RunRecord, table: str) -> pa.Table:
    """One table of a record as an Arrow table; amounts are exact decimals.

    Parameters
    ----------
    record : RunRecord
        Where from.
    table : str
        One of `TABLES`.
    """
    decimals = record.run.token_decimals
    rows = record.table(table)
    arrays = []
    for column in columns_of(TABLES[table]):
        cells = [getattr(row, column.name) for row in rows]
        for cell in cells:
            column.check(cell, table)
        arrays.append(column.to_arrow(cells, decimals))
    return pa.Table.from_arrays(arrays, schema=arrow_schema(table, decimals))


def read(directory: str | Path) -> RunRecord:
    """Read a record back, exactly as it was written.

    Parameters
    ----------
    directory : str or Path
        Where `write` put it; Parquet is preferred where both formats are there, and either is enough.

    Raises
    ------
    InputError
        If there is no record, a file is missing, or a file is not the one that the run wrote.
    """
    directory = Path(directory)
    run_json = _json_object(directory / "run.json", _content(directory / "run.json"))
    if run_json.get("layout") != _LAYOUT:
        found = run_json.get("layout")
        raise InputError(f"{directory / 'run.json'}: expected layout {_LAYOUT}, found {found!r}")
    try:
        run = RunInfo(**{field.name: run_json[field.name] for field in fields(RunInfo)})
        digests: dict[str, str] = dict(run_json["files"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{directory / 'run.json'}: not written by isomargin ({error})") from None
    recorder = Recorder()
    for table in TABLES:
        recorder.extend(_read_table(directory, table, digests, run.token_decimals))
    summary_path = directory / "summary.json"
    summary = _json_object(summary_path, _verified(summary_path, digests))
    return recorder.finish(run, pool_deposited=to_units(summary["pool"]["deposited"], run.token_decimals))


def _parquet_bytes(record: RunRecord, table: str) -> bytes:
    sink = io.BytesIO()
    pa_parquet.write_table(arrow_table(record, table), sink, compression="zstd")
    return sink.getvalue()


def _csv_bytes(record: RunRecord, table: str) -> bytes:
    rows = record.table(table)
    arrays = []
    for column in columns_of(TABLES[table]):
        cells = [getattr(row, column.name) for row in rows]
        for cell in cells:
            column.check(cell, table)
        arrays.append(column.to_text(cells, record.run.token_decimals))
    sink = io.BytesIO()
    pa_csv.write_csv(pa.Table.from_arrays(arrays, names=column_names(TABLES[table])), sink)
    return sink.getvalue()


def _read_table(directory: Path, table: str, digests: dict[str, str], token_decimals: int) -> list[Row]:
    row_type = TABLES[table]
    listed = [directory / name for name in _names_of(table) if name in digests]
    if table in _LATER and not listed:
        return []
    expected = listed or [directory / f"{table}.parquet"]
    path = next((path for path in listed if path.exists()), expected[0])
    content = _verified(path, digests)
    if path.suffix == ".parquet":
        arrow = pa_parquet.read_table(io.BytesIO(content))
    else:
        arrow = _csv_table(content, arrow_schema(table, token_decimals))
    if arrow.column_names != column_names(row_type):
        raise InputError(f"{path}: expected columns {column_names(row_type)}, found {arrow.column_names}")
    columns = [column.from_arrow(arrow[column.name], token_decimals) for column in columns_of(row_type)]
    return [row_type(*cells) for cells in zip(*columns, strict=True)]


def _names_of(table: str) -> list[str]:
    """The files that may hold a table, the preferred one first."""
    return [f"{table}.{table_format}" for table_format in FORMATS]


def _csv_table(content: bytes, schema: pa.Schema) -> pa.Table:
    """Read a table from CSV; an empty cell is null, a quoted empty cell is the empty text."""
    options = pa_csv.ConvertOptions(
        column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    parsing = pa_csv.ParseOptions(newlines_in_values=True)
    return pa_csv.read_csv(io.BytesIO(content), parse_options=parsing, convert_options=options)


def _verified(path: Path, digests: dict[str, str]) -> bytes:
    if path.name not in digests:
        raise InputError(f"{path}: expected it among the files that run.json lists")
    content = _content(path)
    if hashlib.sha256(content).hexdigest() != digests[path.name]:
        raise InputError(f"{path}: not the file that the run of run.json wrote")
    return content


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from None


def _json_object(path: Path, content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error})") from None
    if not isinstance(value, dict):
        raise InputError(f"{path}: expected a JSON object, found {type(value).__name__}")
    return value
