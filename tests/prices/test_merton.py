"""Jump diffusion against its theory: all cumulants of a step are known in closed form."""

import math

import numpy as np
import pytest

from isomargin.errors import PriceDataError
from isomargin.prices import geometric_brownian_path, merton_path
from isomargin.units import WAD
from tests.prices.sampling import central_moments, check_mean, log_returns

DAY = 86_400
STEPS = 40_000
MODEL = {"drift": 0.4, "volatility": 0.6, "jump_rate": 40.0, "jump_mean": -0.03, "jump_deviation": 0.05}


def walk(seed=1, **changes):
    arguments = {
        "start_price": 100 * WAD,
        "start": 1_600_000_000,
        "step": DAY,
        "steps": 50,
        **MODEL,
        **changes,
    }
    return merton_path(np.random.default_rng(seed), **arguments)


def jump_moment(order):
    """E[y^order] of the logarithm of a jump."""
    mean, deviation = MODEL["jump_mean"], MODEL["jump_deviation"]
    return sum(
        math.comb(order, even)
        * mean ** (order - even)
        * deviation**even
        * math.prod(range(1, even, 2))  # the moments of a standard normal
        for even in range(0, order + 1, 2)
    )


def cumulant(order):
    """Of the logarithm of a step's factor, from the second on."""
    diffusion = MODEL["volatility"] ** 2 if order == 2 else 0
    return (diffusion + MODEL["jump_rate"] * jump_moment(order)) / 365


@pytest.fixture(scope="module")
def returns():
    # no price is long within bounds in 110 years of such jumps, so several paths
    return np.concatenate([log_returns(walk(seed, steps=STEPS // 40)) for seed in range(40)])


def mean_return():
    jump = math.exp(MODEL["jump_mean"] + MODEL["jump_deviation"] ** 2 / 2) - 1
    diffusion = MODEL["drift"] - MODEL["volatility"] ** 2 / 2 - MODEL["jump_rate"] * jump
    return (diffusion + MODEL["jump_rate"] * MODEL["jump_mean"]) / 365


def test_jumps__returns__have_the_mean_of_the_formula(returns):
    check_mean(returns, mean_return(), cumulant(2))


@pytest.mark.parametrize("order", [2, 3, 4], ids=["variance", "skewness", "kurtosis"])
def test_jumps__returns__have_the_central_moment_of_the_formula(returns, order):
    # about the true mean, so the error is exact: the variance of x^n is m_2n - m_n^2
    moments = central_moments(cumulant, 2 * order)

    check_mean((returns - mean_return()) ** order, moments[order], moments[2 * order] - moments[order] ** 2)


def test_jumps__kurtosis__is_far_above_that_of_a_walk_without(returns):
    """Otherwise the test of the fourth moment would say little."""
    moments = central_moments(cumulant, 4)

    assert moments[4] / moments[2] ** 2 > 4.9
    assert ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2 > 4


def test_jumps__expected_price__grows_by_the_drift_alone():
    factors = [walk(seed, step=73 * DAY, steps=1)[1].price / (100 * WAD) for seed in range(4_000)]

    check_mean(factors, math.exp(0.4 / 5))


def test_jumps__rate_of_zero__leaves_moments_of_a_plain_walk():
    path = walk(jump_rate=0.0, steps=10_000)
    plain = geometric_brownian_path(
        np.random.default_rng(9),
        start_price=100 * WAD,
        drift=0.4,
        volatility=0.6,
        start=0,
        step=DAY,
        steps=10_000,
    )

    for returns in (log_returns(path), log_returns(plain)):
        check_mean(returns, (0.4 - 0.18) / 365, 0.36 / 365)
        check_mean((returns - (0.4 - 0.18) / 365) ** 2, 0.36 / 365, 2 * (0.36 / 365) ** 2)


def test_jumps__only_jumps__stand_still_between_them():
    path = walk(drift=0.0, volatility=0.0, jump_rate=10.0, jump_mean=0.0, jump_deviation=0.1, steps=2_000)
    moves = log_returns(path)
    drift = -10 * (math.exp(0.005) - 1) / 365
    still = np.abs(moves - drift) < 1e-8

    expected = math.exp(-10 / 365)
    check_mean(still, expected, expected * (1 - expected))


def test_jumps__same_seed__is_the_same_path():
    assert walk(7) == walk(7)
    assert walk(7) != walk(8)


def test_jumps__more_steps__keep_the_shared_beginning():
    assert walk(steps=10).points == walk(steps=500).points[:11]


def test_jumps__steps__start_at_the_start_price_and_keep_the_step():
    path = walk()

    assert (path.first_price, path.start, len(path)) == (100 * WAD, 1_600_000_000, 51)
    assert set(path.intervals) == {DAY}


@pytest.mark.parametrize("mean", [9.0, -9.0])
def test_jumps__out_of_all_bounds__are_refused_on_one_line(mean):
    with pytest.raises(
        PriceDataError, match=r"left all bounds at step \d+: volatility .* or jumps of"
    ) as refusal:
        walk(jump_rate=1000.0, jump_mean=mean, drift=-100 * math.copysign(1, mean), steps=1000)

    assert "\n" not in str(refusal.value)
