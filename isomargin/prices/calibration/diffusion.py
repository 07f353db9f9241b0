"""Fits geometric Brownian motion: the volatility from close to close, and what little there is of a drift."""

from __future__ import annotations

import math

from isomargin.prices.calibration.fits import Estimate, Fit, Sample

__all__ = ["fit_gbm"]


def fit_gbm(sample: Sample) -> Fit:
    """The walk of maximum likelihood: mean and standard deviation of returns from close to close.

    Errors hold for fat tails as well: that of the variance comes from the fourth moment of the returns, not
    from the normal's. Estimators that use high and low (Yang and Zhang, Journal of Business 73, 2000) are
    sharper for a Brownian motion that is watched all the time; they count the extremes of a path that is
    watched at times, or jumps, as less volatility than there is, and have no likelihood to compare by.
    """
    returns, interval = sample.returns, sample.interval
    count = len(returns)
    mean, variance = float(returns.mean()), float(returns.var())
    third, fourth = (float(((returns - mean) ** order).mean()) for order in (3, 4))
    of_variance = max(fourth - variance**2, 0.0) / count  # sampling variance
    # drift = (mean + variance / 2) / interval
    of_drift = variance / count + third / count + of_variance / 4
    volatility = math.sqrt(variance / interval)
    return Fit(
        "gbm",
        {
            "drift": Estimate((mean + variance / 2) / interval, math.sqrt(max(of_drift, 0)) / interval),
            "volatility": Estimate(volatility, math.sqrt(of_variance) / (2 * volatility * interval)),
        },
        -count / 2 * (math.log(2 * math.pi * variance) + 1),
    )
