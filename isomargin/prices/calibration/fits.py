"""What a calibration reads and what it returns: returns of candles, and estimates with their errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from isomargin.errors import PriceDataError
from isomargin.prices.candles import Candles
from isomargin.prices.growth import YEAR

__all__ = ["Estimate", "Fit", "Sample", "sample_of"]


@dataclass(frozen=True)
class Sample:
    """What models are fitted to.

    Attributes
    ----------
    returns : array of float
        Changes of the logarithm from close to close.
    interval : float
        Years of 365 days from one to the next.
    """

    returns: NDArray[np.float64]
    interval: float

    def check_length(self, model: str, least: int) -> None:
        """Refuse a sample too short for a model.

        Raises
        ------
        PriceDataError
        """
        if len(self.returns) < least:
            raise PriceDataError(
                f"{model}: expected at least {least + 1} candles, found {len(self.returns) + 1}"
            )


@dataclass(frozen=True)
class Estimate:
    """A parameter and its standard error; None where that cannot be told."""

    value: float
    error: float | None


@dataclass(frozen=True)
class Fit:
    """A model with parameters that fit.

    Attributes
    ----------
    model : str
        As the scenario calls it.
    parameters : mapping of str to Estimate
        By key of the scenario.
    log_likelihood : float or None
        Of the returns; None for a model that has none.
    notes : tuple of str
        What a reader should know of these figures.
    """

    model: str
    parameters: Mapping[str, Estimate]
    log_likelihood: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def aic(self) -> float | None:
        """Akaike's criterion: the lower, the better the model for its number of parameters."""
        if self.log_likelihood is None:
            return None
        return 2 * len(self.parameters) - 2 * self.log_likelihood


def sample_of(candles: Candles) -> Sample:
    """The returns of candles.

    Raises
    ------
    PriceDataError
        If there are fewer than four candles, or all have the same close.
    """
    closes = [candle.close for candle in candles.candles]
    if len(closes) < 4:
        raise PriceDataError(f"expected at least 4 candles, found {len(closes)}")
    returns = np.array([math.log(later / earlier) for earlier, later in pairwise(closes)])
    if not returns.any():
        raise PriceDataError("expected prices that move, found the same close in every candle")
    return Sample(returns, candles.step / YEAR)
