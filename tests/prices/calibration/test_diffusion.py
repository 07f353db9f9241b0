"""The plain walk: figures by hand, and what a known walk gives back."""

import math

import numpy as np
import pytest

from isomargin.prices.calibration import Sample, fit_gbm
from tests.prices.calibration.recovery import check_recovery

SEEDS = range(40)


def test_gbm__returns_by_hand__are_mean_and_deviation_a_year():
    sample = Sample(np.array([0.3, -0.1, 0.3, -0.1]), 0.25)
    fit = fit_gbm(sample)

    # mean 0.1 and variance 0.04 in a quarter; all returns are 0.2 from the mean, so the variance has no error
    assert fit.parameters["volatility"].value == pytest.approx(0.4)
    assert fit.parameters["volatility"].error == pytest.approx(0.0)
    assert fit.parameters["drift"].value == pytest.approx(0.1 / 0.25 + 0.4**2 / 2)
    assert fit.parameters["drift"].error == pytest.approx(0.2 / 2 / 0.25)
    density = -math.log(0.2 * math.sqrt(2 * math.pi)) - 1 / 2
    assert fit.log_likelihood == pytest.approx(4 * density)


@pytest.mark.parametrize(("key", "truth"), [("drift", 0.4), ("volatility", 0.7)])
def test_gbm__known_walk__comes_back_within_its_errors(key, truth):
    returns = [
        (0.4 - 0.7**2 / 2) / 365 + 0.7 / math.sqrt(365) * np.random.default_rng(seed).standard_normal(2_000)
        for seed in SEEDS
    ]

    check_recovery([fit_gbm(Sample(one, 1 / 365)) for one in returns], key, truth)


def test_gbm__fat_tails__widen_the_error_of_the_volatility():
    normal = np.random.default_rng(1).standard_normal(5_000)
    fat = np.random.default_rng(1).standard_t(5, 5_000)

    def relative(returns):
        volatility = fit_gbm(Sample(returns, 1.0)).parameters["volatility"]
        assert volatility.error is not None
        return volatility.error / volatility.value

    assert relative(normal) == pytest.approx(1 / math.sqrt(2 * 5_000), rel=0.1)
    assert relative(fat) > 1.5 * relative(normal)
