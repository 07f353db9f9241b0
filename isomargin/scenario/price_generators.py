"""The tables below `[prices]` that make prices by chance: what each needs, and the path that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import model_validator

from isomargin.errors import PriceDataError
from isomargin.prices import (
    CandleOrder,
    Candles,
    HestonModel,
    PricePath,
    bootstrap_path,
    candles_from_rows,
    geometric_brownian_path,
    heston_path,
    merton_path,
    read_candles,
)
from isomargin.scenario.locations import KeyPath
from isomargin.scenario.values import (
    KeyProblem,
    PositiveAmount,
    Section,
    real_between,
    text_of,
    whole_between,
)

__all__ = [
    "BootstrapSection",
    "Column",
    "GbmSection",
    "HestonSection",
    "MertonSection",
    "candles_of_rows",
    "check_columns",
]

Column = Literal["time", "open", "high", "low", "close"]
_Drift = Annotated[float, real_between(-100, 100)]
_Volatility = Annotated[float, real_between(0, 100)]
_Steps = Annotated[int, whole_between(1, 1_000_000)]


class GbmSection(Section):
    """`[prices.gbm]`: geometric Brownian motion, seeded by the scenario."""

    start_price: PositiveAmount
    drift: _Drift = 0.0
    volatility: _Volatility = 0.8
    steps: _Steps = 100

    def path(self, random: np.random.Generator, start: int, step: int) -> PricePath:
        """The path; raises `PriceDataError` if it leaves all bounds."""
        return geometric_brownian_path(random, **self.model_dump(), start=start, step=step)


class MertonSection(Section):
    """`[prices.merton]`: a random walk with jumps, seeded by the scenario."""

    start_price: PositiveAmount
    drift: _Drift = 0.0
    volatility: _Volatility = 0.8
    jump_rate: Annotated[float, real_between(0, 1_000_000)] = 50.0
    jump_mean: Annotated[float, real_between(-10, 10)] = 0.0
    jump_deviation: Annotated[float, real_between(0, 10)] = 0.03
    steps: _Steps = 100

    def path(self, random: np.random.Generator, start: int, step: int) -> PricePath:
        """The path; raises `PriceDataError` if it leaves all bounds."""
        return merton_path(random, **self.model_dump(), start=start, step=step)


class HestonSection(Section):
    """`[prices.heston]`: a random walk of random volatility, seeded by the scenario."""

    start_price: PositiveAmount
    drift: _Drift = 0.0
    volatility: _Volatility = 0.8
    long_run_volatility: _Volatility = 0.8
    mean_reversion: Annotated[float, real_between(0, 100_000)] = 20.0
    vol_of_vol: Annotated[float, real_between(0, 1_000)] = 3.0
    correlation: Annotated[float, real_between(-1, 1)] = -0.3
    steps: _Steps = 100

    def path(self, random: np.random.Generator, start: int, step: int) -> PricePath:
        """The path; raises `PriceDataError` if it leaves all bounds."""
        model = HestonModel(**self.model_dump(exclude={"start_price", "steps"}))
        return heston_path(
            random, model, start_price=self.start_price, start=start, step=step, steps=self.steps
        )


class BootstrapSection(Section):
    """`[prices.bootstrap]`: candles that happened, drawn anew in blocks, seeded by the scenario.

    Attributes
    ----------
    file : str or None
        CSV or Parquet with candles; relative to the scenario file.
    rows, columns : tuple
        Instead of it, candles, as in `[prices]`.
    block : float
        Mean length of a block, in candles.
    start_price : int or None
        WAD; the source's own first price if not given.
    steps : int
        Candles of the path.
    """

    file: Annotated[str, text_of(4_000)] | None = None
    rows: tuple[tuple[Any, ...], ...] | None = None
    columns: tuple[Column, ...] = ("time", "high", "low", "close")
    block: Annotated[float, real_between(1, 1_000_000)] = 24.0
    start_price: PositiveAmount | None = None
    steps: _Steps = 100

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if (self.file is None) == (self.rows is None):
            found = "none" if self.file is None else "both"
            raise KeyProblem(f"expected either file or rows, found {found}", *(["rows"] * (found == "both")))
        if "columns" in self.model_fields_set and self.rows is None:
            raise KeyProblem("belongs to rows, found file", "columns")
        check_columns(self.columns)
        return self

    def path(
        self,
        random: np.random.Generator,
        start: int,
        step: int | None,
        *,
        order: CandleOrder,
        directory: Path,
        place: Callable[[KeyPath], str],
    ) -> PricePath:
        """The path.

        Parameters
        ----------
        random : numpy.random.Generator
        start : int
            Unix seconds of the first price.
        step : int or None
            Seconds a candle; what the source says if not given.
        order : {"olhc", "ohlc"}
        directory : Path
            What a relative `file` is relative to.
        place : callable
            Names a key path of the scenario for an error.

        Raises
        ------
        PriceDataError
            If the source is wrong, has candles of another length, or the path leaves all bounds.
        """
        candles = self._candles(start, step, directory, place)
        try:
            return bootstrap_path(
                random,
                candles,
                block=self.block,
                start_price=candles.candles[0].open if self.start_price is None else self.start_price,
                start=start,
                steps=self.steps,
                order=order,
            )
        except PriceDataError as error:
            raise PriceDataError(f"{place(('prices', 'bootstrap'))}: {error}") from None

    def _candles(
        self, start: int, step: int | None, directory: Path, place: Callable[[KeyPath], str]
    ) -> Candles:
        if self.rows is not None:
            return candles_of_rows(
                self.rows, self.columns, ("prices", "bootstrap", "rows"), place, start=start, step=step
            )
        assert self.file is not None  # one of both is given
        candles = read_candles(directory / self.file)
        if step is not None and candles.step != step:
            raise PriceDataError(
                f"{place(('prices', 'step'))}: expected the {candles.step} s of the candles in "
                f"{self.file}, found {step}"
            )
        return candles


def check_columns(columns: tuple[Column, ...]) -> None:
    """Refuse columns that no candle can be read from.

    Raises
    ------
    KeyProblem
    """
    missing = [name for name in ("high", "low", "close") if name not in columns]
    if missing:
        raise KeyProblem(f"expected high, low and close among them, found no {missing[0]}", "columns")
    if len(set(columns)) != len(columns):
        raise KeyProblem(f"expected each name once, found {', '.join(columns)}", "columns")


def candles_of_rows(
    rows: tuple[tuple[Any, ...], ...],
    columns: tuple[Column, ...],
    key: KeyPath,
    place: Callable[[KeyPath], str],
    *,
    start: int,
    step: int | None,
) -> Candles:
    """The candles in the rows of a scenario.

    Parameters
    ----------
    rows, columns : tuple
    key : tuple
        Where the rows are.
    place : callable
        Names a key path of the scenario for an error.
    start : int
        Unix seconds of the first, for rows without times.
    step : int or None
        Seconds a candle; what times say, or an hour, if not given.

    Raises
    ------
    PriceDataError
    """
    for index, row in enumerate(rows):
        if len(row) != len(columns):
            raise PriceDataError(
                f"{place((*key, index))}: expected {len(columns)} cells ({', '.join(columns)}), "
                f"found {len(row)}"
            )

    def cell(index: int, column: str) -> str:
        return f"{place((*key, index))}: {column}" if rows else place(key)

    named: list[Mapping[str, object]] = [dict(zip(columns, row, strict=True)) for row in rows]
    if "time" in columns:
        return candles_from_rows(named, place=cell, step=step)
    return candles_from_rows(named, place=cell, start=start, step=3_600 if step is None else step)
