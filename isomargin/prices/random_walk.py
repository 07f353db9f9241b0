"""Random price paths without memory: geometric Brownian motion, and the same with jumps."""

from __future__ import annotations

import math

import numpy as np

from isomargin.prices.growth import YEAR, grown_path
from isomargin.prices.path import PricePath

__all__ = ["geometric_brownian_path", "merton_path"]


def geometric_brownian_path(
    random: np.random.Generator,
    *,
    start_price: int,
    drift: float,
    volatility: float,
    start: int,
    step: int,
    steps: int,
) -> PricePath:
    """Geometric Brownian motion, exact at its points.

    Each step multiplies the price by ``exp((drift - volatility**2 / 2) * dt + volatility * sqrt(dt) * z)``.

    Parameters
    ----------
    random : numpy.random.Generator
        One normal draw for each step.
    start_price : int
        WAD price at `start`.
    drift, volatility : float
        A year of 365 days, as fractions (0.8 is 80%); the expected price grows by ``exp(drift)`` a year.
    start, step : int
        Unix seconds of the first price; seconds between prices.
    steps : int
        Moves; the path has one price more.

    Raises
    ------
    PriceDataError
        If the walk leaves what a price can be.
    """
    interval = step / YEAR
    shocks = volatility * math.sqrt(interval) * random.standard_normal(steps)
    moves = (drift - volatility**2 / 2) * interval + shocks
    advice = f"volatility {volatility} is too high"
    return grown_path(moves, start_price=start_price, start=start, step=step, advice=advice)


def merton_path(
    random: np.random.Generator,
    *,
    start_price: int,
    drift: float,
    volatility: float,
    jump_rate: float,
    jump_mean: float,
    jump_deviation: float,
    start: int,
    step: int,
    steps: int,
) -> PricePath:
    """Merton's jump diffusion, exact at its points.

    Between jumps the price is a geometric Brownian motion. Jumps come as a Poisson process; each multiplies
    the price by ``exp(y)``, y normal. The drift makes up for them, so that the expected price grows by
    ``exp(drift)`` a year as without. R. C. Merton, "Option pricing when underlying stock returns are
    discontinuous", Journal of Financial Economics 3 (1976).

    Parameters
    ----------
    random : numpy.random.Generator
        Of which one child draws the diffusion, one the number of jumps and one their sizes, so that more
        steps leave the beginning as it was.
    start_price : int
        WAD price at `start`.
    drift, volatility : float
        As in `geometric_brownian_path`; the volatility is that of the diffusion alone.
    jump_rate : float
        Jumps expected in a year of 365 days.
    jump_mean, jump_deviation : float
        Mean and standard deviation of the logarithm of the factor by which a jump moves the price.
    start, step, steps
        As in `geometric_brownian_path`.

    Raises
    ------
    PriceDataError
        If the walk leaves what a price can be.
    """
    diffusion, arrivals, sizes = random.spawn(3)
    interval = step / YEAR
    jumps = arrivals.poisson(jump_rate * interval, steps)
    jumped = jump_mean * jumps + jump_deviation * np.sqrt(jumps) * sizes.standard_normal(steps)
    compensation = jump_rate * math.expm1(jump_mean + jump_deviation**2 / 2)
    shocks = volatility * math.sqrt(interval) * diffusion.standard_normal(steps)
    moves = (drift - volatility**2 / 2 - compensation) * interval + shocks + jumped
    advice = f"volatility {volatility} or jumps of {jump_mean} +- {jump_deviation} are too large"
    return grown_path(moves, start_price=start_price, start=start, step=step, advice=advice)
