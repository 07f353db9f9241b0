"""Tells whether estimates and their errors are right: by how far they are off in units of the errors."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import chi2

from isomargin.prices.calibration import Fit

__all__ = ["check_recovery", "likelihood"]

_RARE = 1e-4  # how often right estimates with right errors would be refused, on each side


def check_recovery(fits: Sequence[Fit], key: str, truth: float) -> None:
    """A parameter comes back: squares of its distances in standard errors add up as chi-squared ones do.

    Too large a sum says that estimates are off or errors too small; too small a one, that errors are large.
    """
    total = 0.0
    for fit in fits:
        estimate = fit.parameters[key]
        assert estimate.error is not None
        total += ((estimate.value - truth) / estimate.error) ** 2
    low, high = chi2.ppf([_RARE, 1 - _RARE], len(fits))
    assert low < total < high, (key, total, low, high)


def likelihood(fit: Fit) -> float:
    """The logarithm of it, of a model that has one."""
    assert fit.log_likelihood is not None
    return fit.log_likelihood
