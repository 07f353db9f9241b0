"""Candle files: the one function of the prices that opens a file, CSV or Parquet by its content."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from isomargin.errors import PriceDataError
from isomargin.prices.candles import Candles, candles_from_rows
from isomargin.prices.parsing import shown

__all__ = ["read_candles"]

_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    # in order of preference, where a file has more than one
    "time": (
        "time_utc",
        "timestamp",
        "datetime",
        "unix",
        "unix_ms",
        "open_time",
        "opentime",
        "time",
        "date",
    ),
    "open": ("open", "o", "open_price"),
    "high": ("high", "h", "high_price"),
    "low": ("low", "l", "low_price"),
    "close": ("close", "c", "close_price"),
}
_OPTIONAL = "open"
_DELIMITERS = (",", ";", "\t")


def read_candles(path: str | Path) -> Candles:
    """Read a candle file; prices stay exact, text to WAD.

    Columns are found by name, in any case and order: time (``time_utc``, ``time``, ``date``, ``datetime``,
    ``timestamp``, ``unix``, ``unix_ms``, ``open_time``), ``open`` (optional), ``high``, ``low``, ``close``
    or their first letters. Others are ignored.

    Parameters
    ----------
    path : str or Path
        A Parquet file, or UTF-8 text with commas, semicolons or tabs and one header line.

    Raises
    ------
    PriceDataError
        One line that names the file, and the line and column where there is one.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise PriceDataError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise PriceDataError(f"{path}: expected a CSV or Parquet file, found a directory") from None
    except (OSError, ValueError) as error:
        raise PriceDataError(f"{path}: cannot be read: {_first_line(error)}") from None
    if not content.strip():
        raise PriceDataError(f"{path}: expected candles, found an empty file")
    if content.startswith(b"PAR1"):
        return _read_parquet(content, path)
    if Path(path).suffix.lower() in (".parquet", ".pq"):
        raise PriceDataError(f"{path}: expected a Parquet file, found none by its first bytes")
    return _read_csv(content, path)


def _read_csv(content: bytes, path: str | Path) -> Candles:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PriceDataError(
            f"{path}:{line}: expected UTF-8 text, found the byte 0x{content[error.start]:02x}"
        ) from None
    first = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    lines: list[int] = []
    table: list[list[str]] = []
    try:
        for record in reader:
            if not any(cell.strip() for cell in record):
                continue  # blank lines, as editors leave at the end
            if not header:
                header = record
            elif len(record) != len(header):
                raise PriceDataError(
                    f"{path}:{reader.line_num}: expected {len(header)} columns, found {len(record)}"
                )
            else:
                lines.append(reader.line_num)
                table.append(record)
    except csv.Error as error:
        raise PriceDataError(f"{path}:{reader.line_num}: {_first_line(error)}") from None
    columns = _find_columns(header, path)
    if not table:
        raise PriceDataError(f"{path}: expected candles below the header, found none")
    rows = [{name: record[header.index(title)] for name, title in columns.items()} for record in table]
    return candles_from_rows(rows, place=_cell_namer(columns, lambda index: f"{path}:{lines[index]}"))


def _read_parquet(content: bytes, path: str | Path) -> Candles:
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        columns = _find_columns(file.schema_arrow.names, path)
        table = file.read(columns=list(columns.values()))
        cells = {name: _cells(table.column(title)) for name, title in columns.items()}
    except (pa.ArrowException, OSError, ValueError) as error:
        raise PriceDataError(f"{path}: not a readable Parquet file: {_first_line(error)}") from None
    if not table.num_rows:
        raise PriceDataError(f"{path}: expected candles, found no rows")
    rows = [dict(zip(cells, record, strict=True)) for record in zip(*cells.values(), strict=True)]
    return candles_from_rows(rows, place=_cell_namer(columns, lambda index: f"{path}: row {index + 1}"))


def _cells(column: pa.ChunkedArray) -> list[object]:
    """Python values of a Parquet column; times in UTC, single-precision floats by their own shortest text."""
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        # nanoseconds have no Python datetime; a finer time than a microsecond is no candle's
        column = column.cast(pa.timestamp("us", tz="UTC"))
    values: list[object] = column.to_pylist()
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        single = np.float32 if pa.types.is_float32(kind) else np.float16
        return [None if value is None else float(str(single(value))) for value in values]  # type: ignore[arg-type]
    return values


def _find_columns(header: Sequence[str], path: str | Path) -> dict[str, str]:
    """The file's own title of each column that a candle needs."""
    titles: dict[str, list[str]] = {}
    for title in header:
        titles.setdefault(title.strip().lower(), []).append(title)
    columns: dict[str, str] = {}
    for name, synonyms in _SYNONYMS.items():
        match = next((synonym for synonym in synonyms if synonym in titles), None)
        if match is not None:
            if len(titles[match]) > 1:
                raise PriceDataError(
                    f"{path}: expected one column {shown(match)}, found {len(titles[match])}"
                )
            columns[name] = titles[match][0]
    missing = [name for name in _SYNONYMS if name not in columns and name != _OPTIONAL]
    if missing:
        found = ", ".join(shown(title) for title in header[:12]) + (" ..." if len(header) > 12 else "")
        wanted = "; ".join(f"{name} ({', '.join(_SYNONYMS[name])})" for name in missing)
        raise PriceDataError(f"{path}: no column for {wanted}; found {found}")
    return columns


def _cell_namer(columns: Mapping[str, str], row_namer: Callable[[int], str]) -> Callable[[int, str], str]:
    """Names a cell as the file does: ``prices.csv:12: time_utc``."""

    def place(index: int, column: str) -> str:
        return f"{row_namer(index)}: {columns[column].strip()}"

    return place


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
