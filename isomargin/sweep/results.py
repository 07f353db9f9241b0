"""What a run of a sweep leaves: one row, `RunResult`, and the table that all of them make.

A run is worth megabytes of blocks and events; a sweep of ten thousand keeps one row of each. Money stays
exact: every amount is WAD in Python and ``decimal(38, 18)`` in the file, also what the token has fewer digits
for, so that parameters may change the token. Shares are floats: statistics, by which nobody is paid.

A folder of a sweep holds `sweep.json`, which says what was swept (`SweepInfo`), and `results.parquet`, sorted
by run: the same bytes whoever played the runs, and in whatever order they came. Until the last run is in, the
rows are in `parts/`; `read_results` reads both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pa_parquet

from isomargin.errors import InputError
from isomargin.record.columns import columns_of, integer, real, text, wad

__all__ = [
    "PARTS",
    "RESULTS",
    "SWEEP",
    "ParameterInfo",
    "RunResult",
    "SweepInfo",
    "SweepResults",
    "read_info",
    "read_results",
    "result_schema",
    "result_table",
]

RESULTS, PARTS, SWEEP = "results.parquet", "parts", "sweep.json"
"""The files of a sweep in its folder; the second is a folder itself."""

_LAYOUT = 1  # of sweep.json and the table; a reader refuses what it does not know
_DECIMALS = 18


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one run came to; everything but its number, point and seed is None where it failed.

    Amounts are WAD, of quote or of the token as the unit says.
    """

    run: Annotated[int, integer("", "number of the run: point by point, and in a point seed by seed")]
    point: Annotated[int, integer("", "number of the point")]
    seed: Annotated[int, integer("", "seed of all randomness of the run")]
    bad_debt: Annotated[int | None, wad("quote", "losses that no margin paid")] = None
    insurance_drawdown: Annotated[
        int | None, wad("token", "deposit of the insurance fund less its lowest balance")
    ] = None
    insurance_end: Annotated[int | None, wad("token", "balance of the insurance fund at the end")] = None
    pool_pnl: Annotated[int | None, wad("token", "assets of the pool at the end less deposits")] = None
    pool_return: Annotated[float | None, real("", "the same by deposits; none without any")] = None
    pool_drawdown: Annotated[
        float | None, real("", "largest fall of the pool's assets below deposits, by deposits")
    ] = None
    keeper_profit: Annotated[int | None, wad("token", "rewards of all keepers less gas")] = None
    keeper_gas_cost: Annotated[int | None, wad("token", "what all keepers paid for gas")] = None
    opened: Annotated[int | None, integer("", "positions opened")] = None
    liquidated: Annotated[int | None, integer("", "of them, liquidated in full")] = None
    bankrupt: Annotated[int | None, integer("", "of them, with a loss larger than their margin")] = None
    deleveraged: Annotated[int | None, integer("", "positions deleveraged")] = None
    share_liquidated: Annotated[float | None, real("", "liquidated by opened; none if none opened")] = None
    liquidations: Annotated[int | None, integer("", "liquidations, partial ones included")] = None
    liquidated_notional: Annotated[int | None, wad("quote", "notional closed by liquidations")] = None
    margin: Annotated[int | None, wad("token", "sum of the margins at the openings")] = None
    notional: Annotated[int | None, wad("quote", "sum of the notional at the openings")] = None
    missed: Annotated[int | None, integer("", "positions below maintenance at the end")] = None
    waited_most: Annotated[
        int | None, integer("blocks", "longest wait below maintenance for a liquidation; none without one")
    ] = None
    price_first: Annotated[int | None, wad("quote per base", "first price")] = None
    price_low: Annotated[int | None, wad("quote per base", "lowest price")] = None
    price_high: Annotated[int | None, wad("quote per base", "highest price")] = None
    price_last: Annotated[int | None, wad("quote per base", "last price")] = None
    blocks: Annotated[int | None, integer("", "blocks played")] = None
    transactions: Annotated[int | None, integer("", "transactions in them")] = None
    violations: Annotated[int | None, integer("", "cases in which an invariant did not hold")] = None
    state_root: Annotated[str | None, text("hex", "state root at the end; empty where none is kept")] = None
    error: Annotated[str, text("", "why the run failed, in a line; empty when it did not")] = ""


@dataclass(frozen=True)
class ParameterInfo:
    """A parameter of a sweep, as its results tell it.

    Attributes
    ----------
    name : str
        Its column is ``parameter.<name>``.
    kind : {"number", "choice"}
        float64 or string.
    key : str
        Of the scenario; empty for named overrides.
    values : tuple
        Names or numbers, as text, in the order of the file; empty for a range.
    min, max : str
        Of a range, as text; else empty.
    scale : {"linear", "log"}
    integer : bool
    """

    name: str
    kind: Literal["number", "choice"]
    key: str = ""
    values: tuple[str, ...] = ()
    min: str = ""
    max: str = ""
    scale: str = "linear"
    integer: bool = False

    @property
    def column(self) -> str:
        """Of the table of results."""
        return f"parameter.{self.name}"


@dataclass(frozen=True)
class SweepInfo:
    """What was swept: all that a reader of the results needs, and `fingerprint`, all that decides them.

    Attributes
    ----------
    name, scenario : str
        Of the sweep: the stem of its file; of the scenario.
    base_symbol, token_symbol : str
    token_decimals : int
        Of the base scenario.
    engine, checks, design : str
    confidence : float
        Of intervals.
    points, runs : int
    seeds : tuple of int
    parameters : tuple of ParameterInfo
    optimise : mapping or None
        `minimise`, `subject_to`, `trials`, `seed`.
    versions : mapping of str to str
        Of what the results depend on.
    fingerprint : str
        Hex; sweeps of another fingerprint have other results.
    file : str
        The sweep file, as it was given.
    """

    name: str
    scenario: str
    base_symbol: str
    token_symbol: str
    token_decimals: int
    engine: str
    checks: str
    design: str
    confidence: float
    points: int
    runs: int
    seeds: tuple[int, ...]
    parameters: tuple[ParameterInfo, ...]
    optimise: Mapping[str, Any] | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    file: str = ""

    def as_json(self) -> str:
        """The text of `sweep.json`."""
        return json.dumps({"layout": _LAYOUT, **asdict(self)}, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class SweepResults:
    """A sweep that was read.

    Attributes
    ----------
    info : SweepInfo
    table : pyarrow.Table
        Of `result_schema`, sorted by run.
    complete : bool
        Whether every run is in it.
    """

    info: SweepInfo
    table: pa.Table
    complete: bool


def result_schema(parameters: Sequence[ParameterInfo]) -> pa.Schema:
    """The schema of the table: run, point, seed, a column for each parameter, and what runs came to."""
    found = [
        pa.field(
            column.name,
            column.arrow_type(_DECIMALS),
            nullable=column.nullable,
            metadata={"unit": column.unit, "meaning": column.meaning},
        )
        for column in columns_of(RunResult)
    ]
    swept = [
        pa.field(
            parameter.column,
            pa.float64() if parameter.kind == "number" else pa.string(),
            nullable=False,
            metadata={"unit": "", "meaning": f"what {parameter.key or 'was chosen'} is at the point"},
        )
        for parameter in parameters
    ]
    return pa.schema([*found[:3], *swept, *found[3:]])


def result_table(
    results: Iterable[RunResult],
    parameters: Sequence[ParameterInfo],
    settings: Sequence[Sequence[float | str]],
) -> pa.Table:
    """Rows as a table, in their order.

    Parameters
    ----------
    results : iterable of RunResult
    parameters : sequence of ParameterInfo
    settings : sequence
        By number of the point, what each parameter is there.
    """
    rows = list(results)
    arrays = []
    for column in columns_of(RunResult):
        cells = [getattr(row, column.name) for row in rows]
        for cell in cells:
            column.check(cell, "results")
        arrays.append(column.to_arrow(cells, _DECIMALS))
    schema = result_schema(parameters)
    swept = [
        pa.array([settings[row.point][index] for row in rows], schema.field(parameter.column).type)
        for index, parameter in enumerate(parameters)
    ]
    return pa.Table.from_arrays([*arrays[:3], *swept, *arrays[3:]], schema=schema)


def read_results(folder: str | Path) -> SweepResults:
    """Read what a sweep left in its folder, whole or as far as it came.

    Raises
    ------
    InputError
        If there is none, or it cannot be read.
    """
    folder = Path(folder)
    info = read_info(folder)
    whole = folder / RESULTS
    files = [whole] if whole.is_file() else sorted((folder / PARTS).glob("*.parquet"))
    schema = result_schema(info.parameters)
    try:
        tables = [pa_parquet.ParquetFile(file).read() for file in files]
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{folder}: its results cannot be read: {str(error).splitlines()[0]}") from None
    for file, table in zip(files, tables, strict=True):
        if not table.schema.equals(schema):
            raise InputError(f"{file}: expected the columns of this sweep, found others")
    table = pa.concat_tables(tables) if tables else schema.empty_table()
    return SweepResults(info, table.sort_by("run"), complete=table.num_rows == info.runs)


def read_info(folder: Path) -> SweepInfo:
    """Read the `sweep.json` of a folder.

    Raises
    ------
    InputError
        If it is not there, or was not written by a sweep.
    """
    path = folder / SWEEP
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{folder}: expected the folder of a sweep, found no {SWEEP} in it") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None
    try:
        if found["layout"] != _LAYOUT:
            raise InputError(f"{path}: expected layout {_LAYOUT}, found {found['layout']!r}")
        values = {one.name: found[one.name] for one in fields(SweepInfo)}
        parameters = tuple(
            ParameterInfo(**{**one, "values": tuple(one["values"])}) for one in values["parameters"]
        )
        return SweepInfo(**{**values, "parameters": parameters, "seeds": tuple(values["seeds"])})
    except (KeyError, TypeError) as error:
        raise InputError(f"{path}: not written by a sweep of isomargin ({error})") from None
