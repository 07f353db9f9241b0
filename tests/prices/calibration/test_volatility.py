"""Heston's parameters by moments: what known paths give back, and what cannot be told."""

import numpy as np
import pytest

from isomargin.errors import PriceDataError
from isomargin.prices import HestonModel
from isomargin.prices.calibration import Sample, fit_heston
from isomargin.prices.calibration.volatility import lagged_moments
from isomargin.prices.growth import YEAR
from isomargin.prices.stochastic_volatility import heston_moves
from tests.prices.calibration.recovery import check_recovery
from tests.prices.sampling import check_mean

MODEL = HestonModel(
    drift=0.2, volatility=0.8, long_run_volatility=0.8, mean_reversion=60.0, vol_of_vol=6.0, correlation=-0.5
)
INTERVAL = 1 / 8_760


def returns(seed, steps, model=MODEL):
    return heston_moves(np.random.default_rng(seed), model, interval=INTERVAL, steps=steps)[0]


@pytest.fixture(scope="module")
def fits():
    return [fit_heston(Sample(returns(seed, 40_000), INTERVAL)) for seed in range(10)]


@pytest.mark.parametrize("key", ["long_run_volatility", "mean_reversion", "vol_of_vol", "correlation"])
def test_heston__known_path__comes_back_within_its_errors(fits, key):
    check_recovery(fits, key, getattr(MODEL, key))


def test_heston__first_volatility__is_not_told_and_says_so(fits):
    for fit in fits:
        first = fit.parameters["volatility"]
        assert (first.value, first.error) == (fit.parameters["long_run_volatility"].value, None)
        assert fit.log_likelihood is None
        assert "half-lives" in fit.notes[1]


def test_moments__of_the_formula__are_those_of_simulated_returns():
    """At a step so long that first-order formulas would be wrong."""
    model = HestonModel(0.0, 0.8, 0.8, 60.0, 6.0, -0.7)
    interval = 1 / 120
    moves, _ = heston_moves(np.random.default_rng(2), model, interval=interval / 8, steps=8 * 40_000)
    found = moves.reshape(-1, 8).sum(axis=1)
    bands = ((1, 2), (2, 4))
    theory = lagged_moments(0.64, 60.0, 6.0, -0.7, interval=interval, bands=bands)
    centred = found - found.mean()
    squares = centred**2
    away = squares - theory[0]

    def blocks(series):
        return series[: len(series) // 100 * 100].reshape(-1, 100).mean(axis=1)  # independent enough

    check_mean(blocks(squares), theory[0])
    for place, (first, behind) in enumerate(bands):
        later = np.mean([away[lag : len(away) - 4 + lag] for lag in range(first, behind)], axis=0)
        check_mean(blocks(away[: len(later)] * later), theory[1 + place])
        check_mean(blocks(centred[: len(later)] * later), theory[3 + place])


def test_heston__walk_of_one_volatility__has_no_memory_to_tell_of():
    fit = fit_heston(Sample(0.01 * np.random.default_rng(5).standard_normal(3_000), INTERVAL))
    spread = fit.parameters["vol_of_vol"]

    assert spread.error is None or spread.value < 4 * spread.error
    assert fit.parameters["long_run_volatility"].value == pytest.approx(0.01 * 8_760**0.5, rel=0.06)


def test_heston__too_few_candles__is_refused():
    with pytest.raises(PriceDataError, match=r"^heston: expected at least 201 candles, found 200$"):
        fit_heston(Sample(returns(1, 199), INTERVAL))


def test_heston__too_little_time__is_refused():
    with pytest.raises(PriceDataError, match=r"^heston: expected candles over at least 3154 s, found 300 s$"):
        fit_heston(Sample(returns(1, 300), 1 / YEAR))


@pytest.mark.parametrize("scale", [1e-7, 1.0, 100.0])
@pytest.mark.parametrize("seconds", [15, 3_600, 86_400])
def test_heston__quiet_or_wild_candles_of_any_length__give_what_a_scenario_takes(scale, seconds):
    fit = fit_heston(Sample(scale * returns(2, 400) / 10, seconds / YEAR))

    assert all(np.isfinite(one.value) for one in fit.parameters.values())
    assert 0 <= fit.parameters["mean_reversion"].value <= 100_000
    assert 0 <= fit.parameters["vol_of_vol"].value <= 1_000


def test_heston__prices_that_moved_once__give_no_error():
    moves = np.zeros(400)
    moves[200] = 0.1

    assert np.isfinite(fit_heston(Sample(moves, INTERVAL)).parameters["long_run_volatility"].value)
