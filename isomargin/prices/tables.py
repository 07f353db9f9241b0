"""Tables in text files: bytes become rows with their lines, and columns are found by any of their names."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isomargin.errors import PriceDataError
from isomargin.prices.parsing import shown

__all__ = ["TIME_TITLES", "TextTable", "find_columns", "read_content", "read_text_table"]

TIME_TITLES = (
    "time_utc",
    "timestamp",
    "datetime",
    "unix",
    "unix_ms",
    "open_time",
    "opentime",
    "time",
    "date",
)
"""What a column of times may be called, in order of preference where a file has more than one."""

_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class TextTable:
    """A table of text: the titles of its columns, its records, and the line on which each ends."""

    header: Sequence[str]
    records: Sequence[Sequence[str]]
    lines: Sequence[int]

    def rows(self, columns: Mapping[str, str]) -> list[dict[str, str]]:
        """The records as mappings, with the cells of some columns under names of one's own."""
        places = {name: self.header.index(title) for name, title in columns.items()}
        return [{name: record[place] for name, place in places.items()} for record in self.records]


def read_content(path: str | Path, kind: str, content: str) -> bytes:
    """The bytes of a file that has some.

    Parameters
    ----------
    path : str or Path
    kind, content : str
        For the error: "CSV", and what should be in it.

    Raises
    ------
    PriceDataError
        One line that names the file.
    """
    try:
        found = Path(path).read_bytes()
    except FileNotFoundError:
        raise PriceDataError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise PriceDataError(f"{path}: expected a {kind} file, found a directory") from None
    except (OSError, ValueError) as error:
        raise PriceDataError(f"{path}: cannot be read: {_first_line(error)}") from None
    if not found.strip():
        raise PriceDataError(f"{path}: expected {content}, found an empty file")
    return found


def read_text_table(content: bytes, path: str | Path) -> TextTable:
    """Read UTF-8 text with commas, semicolons or tabs and one header line; `path` is for errors.

    Raises
    ------
    PriceDataError
        One line that names file and line: no text, a row of another width than the header, broken quotes.
    """
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
    records: list[list[str]] = []
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
                records.append(record)
    except csv.Error as error:
        raise PriceDataError(f"{path}:{reader.line_num}: {_first_line(error)}") from None
    return TextTable(header, records, lines)


def find_columns(
    header: Sequence[str],
    path: str | Path,
    synonyms: Mapping[str, Sequence[str]],
    optional: Collection[str] = (),
) -> dict[str, str]:
    """The file's own title of each column that is needed.

    Parameters
    ----------
    header : sequence of str
        The titles; they match in any case.
    path : str or Path
        For errors.
    synonyms : mapping of str to sequence of str
        What each column may be called, in order of preference; lower case.
    optional : collection of str
        Columns that may be missing.

    Raises
    ------
    PriceDataError
    """
    titles: dict[str, list[str]] = {}
    for title in header:
        titles.setdefault(title.strip().lower(), []).append(title)
    columns: dict[str, str] = {}
    for name, known in synonyms.items():
        match = next((synonym for synonym in known if synonym in titles), None)
        if match is not None:
            if len(titles[match]) > 1:
                raise PriceDataError(
                    f"{path}: expected one column {shown(match)}, found {len(titles[match])}"
                )
            columns[name] = titles[match][0]
    missing = [name for name in synonyms if name not in columns and name not in optional]
    if missing:
        found = ", ".join(shown(title) for title in header[:12]) + (" ..." if len(header) > 12 else "")
        wanted = "; ".join(f"{name} ({', '.join(synonyms[name])})" for name in missing)
        raise PriceDataError(f"{path}: no column for {wanted}; found {found}")
    return columns


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
