"""Candle files: the one function of the prices that opens a file, CSV or Parquet by its content."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from isomargin.errors import PriceDataError
from isomargin.prices.candles import Candles, candles_from_rows
from isomargin.prices.tables import TIME_TITLES, find_columns, read_content, read_text_table

__all__ = ["read_candles"]

_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    # in order of preference, where a file has more than one
    "time": TIME_TITLES,
    "open": ("open", "o", "open_price"),
    "high": ("high", "h", "high_price"),
    "low": ("low", "l", "low_price"),
    "close": ("close", "c", "close_price"),
}
_OPTIONAL = "open"


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
    content = read_content(path, "CSV or Parquet", "candles")
    if content.startswith(b"PAR1"):
        return _read_parquet(content, path)
    if Path(path).suffix.lower() in (".parquet", ".pq"):
        raise PriceDataError(f"{path}: expected a Parquet file, found none by its first bytes")
    return _read_csv(content, path)


def _read_csv(content: bytes, path: str | Path) -> Candles:
    table = read_text_table(content, path)
    columns = _find_columns(table.header, path)
    if not table.records:
        raise PriceDataError(f"{path}: expected candles below the header, found none")
    place = _cell_namer(columns, lambda index: f"{path}:{table.lines[index]}")
    return candles_from_rows(table.rows(columns), place=place)


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
    return find_columns(header, path, _SYNONYMS, (_OPTIONAL,))


def _cell_namer(columns: Mapping[str, str], row_namer: Callable[[int], str]) -> Callable[[int, str], str]:
    """Names a cell as the file does: ``prices.csv:12: time_utc``."""

    def place(index: int, column: str) -> str:
        return f"{row_namer(index)}: {columns[column].strip()}"

    return place


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
