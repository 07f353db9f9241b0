"""Block lengths against the closed form of an autoregression, and what returns with memory ask for."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter

from isomargin.errors import PriceDataError
from isomargin.prices import HestonModel
from isomargin.prices.calibration import Sample, block_length, fit_bootstrap
from isomargin.prices.stochastic_volatility import heston_moves
from tests.prices.sampling import BOUND

COUNT = 10_000


def autoregression(seed, memory, count=COUNT):
    shocks = np.random.default_rng(seed).standard_normal(count)
    return lfilter([1.0], [1.0, -memory], shocks)


@pytest.mark.parametrize("memory", [0.3, 0.6])
def test_length__of_an_autoregression__is_that_of_its_closed_form(memory):
    # sum of lags times covariances over the sum of covariances: 2 a / (1 - a^2)
    expected = (2 * memory / (1 - memory**2)) ** (2 / 3) * COUNT ** (1 / 3)
    found = [block_length(autoregression(seed, memory)) for seed in range(30)]

    # the window leaves out what is below two standard errors, 2 sqrt(log10(n) / n) of the sum: within 5%
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    assert abs(np.mean(found) - expected) < BOUND * error + 0.05 * expected


def test_length__no_memory__is_short():
    lengths = [block_length(np.random.default_rng(seed).standard_normal(COUNT)) for seed in range(30)]

    assert np.median(lengths) < 4  # of a most of 300


def test_length__longer_series__grows_by_the_cube_root():
    short, long = (
        np.mean([block_length(autoregression(seed, 0.5, count)) for seed in range(40)])
        for count in (500, 13_500)
    )

    assert long / short == pytest.approx(3, rel=0.25)


def test_length__constant_series__is_one():
    assert block_length(np.ones(50)) == 1.0


def test_length__memory_without_end__is_at_most_a_third_of_the_series():
    walk = np.cumsum(np.random.default_rng(1).standard_normal(60))

    assert 1 <= block_length(walk) <= 20


def test_bootstrap__clustered_volatility__asks_for_longer_blocks_than_returns_do():
    clustered = HestonModel(0.0, 0.8, 0.8, 60.0, 9.0, -0.5)
    moves, _ = heston_moves(np.random.default_rng(2), clustered, interval=1 / 8_760, steps=5_000)
    fit = fit_bootstrap(Sample(moves, 1 / 8_760))

    assert fit.parameters["block"].value == block_length(np.abs(moves)) > 5 * block_length(moves)
    assert fit.log_likelihood is None


def test_bootstrap__too_few_candles__is_refused():
    with pytest.raises(PriceDataError, match=r"^bootstrap: expected at least 21 candles, found 20$"):
        fit_bootstrap(Sample(np.ones(19), 1.0))
