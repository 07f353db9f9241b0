"""Heston's model against its theory: moments of variances, leverage effect, the characteristic function."""

import cmath
import math
from dataclasses import replace

import numpy as np
import pytest

from isomargin.errors import PriceDataError
from isomargin.prices import HestonModel, heston_path
from isomargin.prices.stochastic_volatility import heston_moves
from isomargin.units import WAD
from tests.prices.sampling import BOUND, check_mean

PATHS = 2_500
STEPS = 40
HORIZON = 0.25  # years
MODEL = HestonModel(
    drift=0.3, volatility=1.2, long_run_volatility=0.7, mean_reversion=6.0, vol_of_vol=3.0, correlation=-0.6
)
# Feller's condition fails: the variance is often near zero, where schemes differ
assert 2 * MODEL.mean_reversion * MODEL.long_run_volatility**2 < MODEL.vol_of_vol**2


@pytest.fixture(scope="module")
def ends():
    """Of many paths: logarithms of the last price over the first, and last variances."""
    random = np.random.default_rng(5)
    drawn = [heston_moves(random, MODEL, interval=HORIZON / STEPS, steps=STEPS) for _ in range(PATHS)]
    return np.array([(moves.sum(), variances[-1]) for moves, variances in drawn])


def variance_moments(model, time):
    """Mean and variance of the square-root process at a time (Cox, Ingersoll and Ross 1985)."""
    kept = math.exp(-model.mean_reversion * time)
    first, mean = model.volatility**2, model.long_run_volatility**2
    speed = model.vol_of_vol**2 / model.mean_reversion
    return (
        first * kept + mean * (1 - kept),
        first * speed * (kept - kept**2) + mean * speed / 2 * (1 - kept) ** 2,
    )


def characteristic(model, time, at):
    """E[exp(i u x)] of the logarithm x of the price's factor, in the form without a branch cut to cross.

    Albrecher, Mayer, Schoutens and Tistaert, "The little Heston trap", Wilmott (2007).
    """
    speed, spread, lean = model.mean_reversion, model.vol_of_vol, model.correlation
    beta = speed - lean * spread * 1j * at
    root = cmath.sqrt(beta**2 + spread**2 * (1j * at + at**2))
    ratio = (beta - root) / (beta + root)
    faded = cmath.exp(-root * time)
    mean = (beta - root) * time - 2 * cmath.log((1 - ratio * faded) / (1 - ratio))
    first = (beta - root) * (1 - faded) / (1 - ratio * faded)
    exponent = speed * model.long_run_volatility**2 * mean + model.volatility**2 * first
    return cmath.exp(1j * at * model.drift * time + exponent / spread**2)


def test_variance__at_the_end__has_the_mean_and_variance_of_the_formula(ends):
    mean, variance = variance_moments(MODEL, HORIZON)

    check_mean(ends[:, 1], mean, variance)
    check_mean((ends[:, 1] - mean) ** 2, variance)


def test_variance__on_its_way__returns_to_its_mean_at_its_speed():
    random = np.random.default_rng(8)
    paths = np.array(
        [heston_moves(random, MODEL, interval=0.05, steps=12)[1] for _ in range(PATHS)]
    )  # seven half-lives

    for step in range(1, 13):
        mean, variance = variance_moments(MODEL, 0.05 * step)
        check_mean(paths[:, step], mean, variance)
    assert (paths >= 0).all()


@pytest.mark.parametrize("at", [0.5, 1.0, 2.0, 4.0, 8.0])
def test_prices__distribution_at_the_end__has_the_characteristic_function_of_the_model(ends, at):
    expected, double = characteristic(MODEL, HORIZON, at), characteristic(MODEL, HORIZON, 2 * at)

    check_mean(np.cos(at * ends[:, 0]), expected.real, (1 + double.real) / 2 - expected.real**2)
    check_mean(np.sin(at * ends[:, 0]), expected.imag, (1 - double.real) / 2 - expected.imag**2)


@pytest.mark.parametrize("correlation", [-0.8, 0.0, 0.5])
def test_prices__expected_price__grows_by_the_drift(correlation):
    model = replace(MODEL, correlation=correlation)
    random = np.random.default_rng(3)
    ends = [heston_moves(random, model, interval=0.05, steps=5)[0].sum() for _ in range(PATHS)]

    check_mean(np.exp(ends), math.exp(0.3 * 0.25))


@pytest.mark.parametrize("correlation", [-0.7, 0.0, 0.7])
def test_prices__leverage__has_the_sign_and_size_of_the_correlation(correlation):
    model = replace(MODEL, correlation=correlation, volatility=0.7, vol_of_vol=1.0)
    moves, variances = heston_moves(np.random.default_rng(4), model, interval=1 / 8760, steps=20_000)
    scale = np.sqrt(variances[:-1])
    shock = moves / scale
    news = np.diff(variances) / scale

    found = np.corrcoef(shock, news)[0, 1]
    assert abs(found - correlation) < BOUND * (1 - correlation**2 or 1) / math.sqrt(20_000)


@pytest.mark.parametrize(("correlation", "sign"), [(-0.9, -1), (0.9, 1)])
def test_prices__after_a_fall__volatility_is_higher_if_the_correlation_is_below_zero(correlation, sign):
    model = replace(MODEL, correlation=correlation, volatility=0.7)
    random = np.random.default_rng(6)
    effects = []
    for _ in range(200):
        moves, _ = heston_moves(random, model, interval=1 / 365, steps=100)
        centred = moves - moves.mean()
        effects.append((centred[:-1] * centred[1:] ** 2).mean() * sign)

    error = np.std(effects, ddof=1) / math.sqrt(len(effects))
    assert np.mean(effects) > BOUND * error


def test_prices__no_randomness_of_the_variance__are_a_plain_walk_with_its_mean_path():
    model = replace(MODEL, vol_of_vol=0.0)
    moves, variances = heston_moves(np.random.default_rng(1), model, interval=1 / 365, steps=20_000)
    expected = [variance_moments(replace(MODEL, vol_of_vol=1.0), step / 365)[0] for step in range(20_001)]
    average = (variances[1:] + variances[:-1]) / 2

    assert variances == pytest.approx(expected, rel=1e-9)
    check_mean((moves - (0.3 - average / 2) / 365) / np.sqrt(average / 365), 0, 1)
    check_mean((moves - (0.3 - average / 2) / 365) ** 2 / (average / 365), 1, 2)


def test_prices__no_mean_reversion_and_no_variance__stand_still():
    still = HestonModel(0.0, 0.0, 0.0, 0.0, 1.0, -0.5)
    moves, variances = heston_moves(np.random.default_rng(1), still, interval=1 / 365, steps=10)

    assert not moves.any()
    assert not variances.any()


def walk(seed=1, model=MODEL, steps=50):
    return heston_path(
        np.random.default_rng(seed), model, start_price=100 * WAD, start=1_600_000_000, step=600, steps=steps
    )


def test_path__same_seed__is_the_same():
    assert walk(7) == walk(7)
    assert walk(7) != walk(8)


def test_path__more_steps__keep_the_shared_beginning():
    assert walk(steps=10).points == walk(steps=500).points[:11]


def test_path__steps__start_at_the_start_price_and_keep_the_step():
    path = walk()

    assert (path.first_price, path.start, len(path)) == (100 * WAD, 1_600_000_000, 51)
    assert set(path.intervals) == {600}


def test_path__out_of_all_bounds__is_refused_on_one_line():
    wild = replace(MODEL, volatility=100.0, long_run_volatility=100.0)
    with pytest.raises(PriceDataError, match=r"left all bounds at step \d+: vol_of_vol") as refusal:
        walk(model=wild, steps=2_000)

    assert "\n" not in str(refusal.value)
