"""The `[prices]` table: exactly one source of prices, and the path that it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import model_validator

from isomargin.errors import PriceDataError
from isomargin.prices import CandleOrder, PricePath, candle_path, read_candles, scripted_path
from isomargin.prices.parsing import parse_price
from isomargin.scenario.locations import KeyPath
from isomargin.scenario.price_generators import (
    BootstrapSection,
    Column,
    GbmSection,
    HestonSection,
    MertonSection,
    candles_of_rows,
    check_columns,
)
from isomargin.scenario.values import KeyProblem, Moment, PositiveSeconds, Section

__all__ = ["PRICE_SOURCES", "PricesSection"]

PRICE_SOURCES = ("values", "rows", "file", "gbm", "merton", "heston", "bootstrap")
"""The keys of which a scenario has exactly one."""

_DEFAULT_START = 1_609_459_200  # 2021-01-01T00:00:00Z, for prices that come without a time
_DEFAULT_STEP = 3_600


class PricesSection(Section):
    """`[prices]`: one of `values`, `rows`, `file`, `gbm`, `merton`, `heston` and `bootstrap`.

    Attributes
    ----------
    values : tuple
        Plain prices, one every `step` seconds from `start`.
    rows, columns : tuple
        Candles, one a row, with the cells that `columns` names; `high`, `low` and `close` at least.
    file : str or None
        CSV or Parquet; relative to the scenario file.
    gbm, merton, heston, bootstrap : table or None
        What makes prices by chance.
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
    merton: MertonSection | None = None
    heston: HestonSection | None = None
    bootstrap: BootstrapSection | None = None
    candle_order: CandleOrder = "olhc"
    start: Moment | None = None
    step: PositiveSeconds | None = None

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        given = [name for name in PRICE_SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise KeyProblem(f"expected one of {', '.join(PRICE_SOURCES)}, found {found}", *given[1:2])
        if "columns" in self.model_fields_set and self.rows is None:
            raise KeyProblem(f"belongs to rows, found {given[0]}", "columns")
        check_columns(self.columns)
        has_times = self.file is not None or (self.rows is not None and "time" in self.columns)
        if has_times and self.start is not None:
            raise KeyProblem("not used where the prices come with their times", "start")
        if self.file is not None and self.step is not None:
            raise KeyProblem("not used with a file, whose candles say it", "step")
        return self

    def path(
        self, random: np.random.Generator, *, directory: Path, place: Callable[[KeyPath], str]
    ) -> PricePath:
        """Make the price path.

        Parameters
        ----------
        random : numpy.random.Generator
            Used by what makes prices by chance.
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
            rows = candles_of_rows(
                self.rows, self.columns, ("prices", "rows"), place, start=start, step=self.step
            )
            return candle_path(rows, self.candle_order)
        if self.values is not None:
            return _listed_path(self.values, start, step, place)
        if self.bootstrap is not None:
            return self.bootstrap.path(
                random, start, self.step, order=self.candle_order, directory=directory, place=place
            )
        return self._walk(random, start, step, place)

    def _walk(
        self, random: np.random.Generator, start: int, step: int, place: Callable[[KeyPath], str]
    ) -> PricePath:
        for name, walk in (("gbm", self.gbm), ("merton", self.merton), ("heston", self.heston)):
            if walk is not None:
                try:
                    return walk.path(random, start, step)
                except PriceDataError as error:
                    raise PriceDataError(f"{place(('prices', name))}: {error}") from None
        raise AssertionError("one source is given")


def _listed_path(
    values: tuple[Any, ...], start: int, step: int, place: Callable[[KeyPath], str]
) -> PricePath:
    if not values:
        raise PriceDataError(f"{place(('prices', 'values'))}: expected at least one price, found none")
    prices = [parse_price(value, place(("prices", "values", index))) for index, value in enumerate(values)]
    return scripted_path(prices, start=start, step=step)
