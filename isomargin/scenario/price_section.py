"""The `[prices]` table: exactly one source of prices, and the path that it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import model_validator

from isomargin.errors import PriceDataError
from isomargin.prices import (
    CandleOrder,
    PricePath,
    candle_path,
    candles_from_rows,
    geometric_brownian_path,
    read_candles,
    scripted_path,
)
from isomargin.prices.parsing import parse_price
from isomargin.scenario.values import (
    KeyProblem,
    Moment,
    PositiveAmount,
    PositiveSeconds,
    Section,
    real_between,
    whole_between,
)

__all__ = ["Column", "GbmSection", "PricesSection"]

_SOURCES = ("values", "rows", "file", "gbm")
_DEFAULT_START = 1_609_459_200  # 2021-01-01T00:00:00Z, for prices that come without a time
_DEFAULT_STEP = 3_600

Column = Literal["time", "open", "high", "low", "close"]


class GbmSection(Section):
    """`[prices.gbm]`: geometric Brownian motion, seeded by the scenario."""

    start_price: PositiveAmount
    drift: Annotated[float, real_between(-100, 100)] = 0.0
    volatility: Annotated[float, real_between(0, 100)] = 0.8
    steps: Annotated[int, whole_between(1, 1_000_000)] = 100


class PricesSection(Section):
    """`[prices]`: one of `values`, `rows`, `file` and `gbm`.

    Attributes
    ----------
    values : tuple
        Plain prices, one every `step` seconds from `start`.
    rows, columns : tuple
        Candles, one a row, with the cells that `columns` names; `high`, `low` and `close` at least.
    file : str or None
        CSV or Parquet; relative to the scenario file.
    gbm : GbmSection or None
    candle_order : {"olhc", "ohlc"}
        Which extreme comes first inside a candle: the low is harder on longs, the high on shorts.
    start, step : int or None
        Unix seconds of the first price; seconds between prices, for rows with times inferred if not given.
    """

    values: tuple[Any, ...] | None = None
    rows: tuple[tuple[Any, ...], ...] | None = None
    columns: tuple[Column, ...] = ("time", "high", "low", "close")
    file: str | None = None
    gbm: GbmSection | None = None
    candle_order: CandleOrder = "olhc"
    start: Moment | None = None
    step: PositiveSeconds | None = None

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        given = [name for name in _SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise KeyProblem(f"expected one of {', '.join(_SOURCES)}, found {found}", *given[1:2])
        if "columns" in self.model_fields_set and self.rows is None:
            raise KeyProblem(f"belongs to rows, found {given[0]}", "columns")
        missing = [name for name in ("high", "low", "close") if name not in self.columns]
        if missing:
            raise KeyProblem(f"expected high, low and close among them, found no {missing[0]}", "columns")
        if len(set(self.columns)) != len(self.columns):
            raise KeyProblem(f"expected each name once, found {', '.join(self.columns)}", "columns")
        has_times = self.file is not None or (self.rows is not None and "time" in self.columns)
        if has_times and self.start is not None:
            raise KeyProblem("not used where the prices come with their times", "start")
        if self.file is not None and self.step is not None:
            raise KeyProblem("not used with a file, whose candles say it", "step")
        return self

    def path(
        self, random: np.random.Generator, *, directory: Path, place: Callable[[tuple[str | int, ...]], str]
    ) -> PricePath:
        """Make the price path.

        Parameters
        ----------
        random : numpy.random.Generator
            Used by `gbm` alone.
        directory : Path
            What a relative `file` is relative to.
        place : callable
            Names a key path of the scenario for an error: file, line and key.

        Raises
        ------
        PriceDataError
        """
        start = self.start if self.start is not None else _DEFAULT_START
        step = self.step if self.step is not None else _DEFAULT_STEP
        if self.file is not None:
            return candle_path(read_candles(directory / self.file), self.candle_order)
        if self.rows is not None:
            return self._row_path(self.rows, start, step, place)
        if self.values is not None:
            if not self.values:
                raise PriceDataError(
                    f"{place(('prices', 'values'))}: expected at least one price, found none"
                )
            prices = [
                parse_price(value, place(("prices", "values", index)))
                for index, value in enumerate(self.values)
            ]
            return scripted_path(prices, start=start, step=step)
        assert self.gbm is not None  # one source is given
        try:
            return geometric_brownian_path(
                random,
                start_price=self.gbm.start_price,
                drift=self.gbm.drift,
                volatility=self.gbm.volatility,
                start=start,
                step=step,
                steps=self.gbm.steps,
            )
        except PriceDataError as error:
            raise PriceDataError(f"{place(('prices', 'gbm'))}: {error}") from None

    def _row_path(
        self,
        rows: tuple[tuple[Any, ...], ...],
        start: int,
        step: int,
        place: Callable[[tuple[str | int, ...]], str],
    ) -> PricePath:
        for index, row in enumerate(rows):
            if len(row) != len(self.columns):
                raise PriceDataError(
                    f"{place(('prices', 'rows', index))}: expected {len(self.columns)} cells "
                    f"({', '.join(self.columns)}), found {len(row)}"
                )

        def cell(index: int, column: str) -> str:
            if not rows:
                return place(("prices", "rows"))
            return f"{place(('prices', 'rows', index))}: {column}"

        named = [dict(zip(self.columns, row, strict=True)) for row in rows]
        times_given = "time" in self.columns
        candles = candles_from_rows(
            named,
            place=cell,
            start=None if times_given else start,
            step=self.step if times_given else step,
        )
        return candle_path(candles, self.candle_order)
