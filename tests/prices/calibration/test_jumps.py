"""Merton's parameters by maximum likelihood: what known paths give back, and what has no jumps."""

import math

import numpy as np
import pytest

from isomargin.errors import PriceDataError
from isomargin.prices import merton_path
from isomargin.prices.calibration import Sample, fit_gbm, fit_merton
from isomargin.units import WAD
from tests.prices.calibration.recovery import check_recovery, likelihood
from tests.prices.sampling import log_returns

HOUR = 3_600
MODEL = {"drift": 0.2, "volatility": 0.6, "jump_rate": 150.0, "jump_mean": -0.02, "jump_deviation": 0.04}


def sample(seed, steps=3_000, **changes):
    model = {**MODEL, **changes}
    path = merton_path(
        np.random.default_rng(seed), **model, start_price=100 * WAD, start=10**9, step=HOUR, steps=steps
    )
    return Sample(log_returns(path), 1 / 8_760)


@pytest.fixture(scope="module")
def fits():
    return [fit_merton(sample(seed)) for seed in range(8)]


@pytest.mark.parametrize("key", MODEL)
def test_merton__known_path__comes_back_within_its_errors(fits, key):
    check_recovery(fits, key, MODEL[key])


def test_merton__known_path__is_told_from_a_plain_walk(fits):
    for seed, fit in enumerate(fits):
        assert likelihood(fit) > likelihood(fit_gbm(sample(seed))) + 50


def test_merton__log_likelihood__is_that_of_the_mixture(fits):
    """Worked out anew, with more jumps than matter."""
    fit = fits[0]
    drift, volatility, rate, mean, deviation = (one.value for one in fit.parameters.values())
    interval = 1 / 8_760
    jump = math.exp(mean + deviation**2 / 2) - 1
    location = (drift - volatility**2 / 2 - rate * jump) * interval
    density = 0.0
    for count in range(12):
        chance = math.exp(-rate * interval) * (rate * interval) ** count / math.factorial(count)
        variance = volatility**2 * interval + count * deviation**2
        away = sample(0).returns - location - count * mean
        density = density + chance * np.exp(-(away**2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)

    assert likelihood(fit) == pytest.approx(np.log(density).sum(), rel=1e-9)


def test_merton__walk_without_jumps__gains_hardly_anything_by_them():
    plain = sample(3, jump_rate=0.0)
    gain = likelihood(fit_merton(plain)) - likelihood(fit_gbm(plain))

    # twice the gain of three needless parameters: chi-squared, above 21 once in 10,000
    assert -1e-6 < 2 * gain < 21


def test_merton__too_few_candles__is_refused():
    with pytest.raises(PriceDataError, match=r"^merton: expected at least 61 candles, found 60$"):
        fit_merton(sample(1, steps=59))


@pytest.mark.parametrize("seconds", [1, 60, 86_400])
def test_merton__candles_of_any_length__give_what_a_scenario_takes(seconds):
    fit = fit_merton(Sample(sample(4, steps=200).returns, seconds / (365 * 86_400)))

    assert all(math.isfinite(one.value) for one in fit.parameters.values())
    assert 0 <= fit.parameters["jump_rate"].value <= 1_000_000 * (1 + 1e-9)


def test_merton__prices_that_moved_once__give_no_error():
    moves = np.zeros(100)
    moves[50] = 0.1

    assert math.isfinite(likelihood(fit_merton(Sample(moves, 1 / 8_760))))
