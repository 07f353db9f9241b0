import math

import numpy as np
import pytest

from isomargin.errors import PriceDataError
from isomargin.prices import geometric_brownian_path
from isomargin.units import WAD

YEAR = 365 * 86_400


def walk(seed=1, **changes):
    arguments = {
        "start_price": 100 * WAD,
        "drift": 0.0,
        "volatility": 0.8,
        "start": 1_600_000_000,
        "step": 3_600,
        "steps": 50,
        **changes,
    }
    return geometric_brownian_path(np.random.default_rng(seed), **arguments)


def test_walk__same_seed__is_the_same_path():
    assert walk(7) == walk(7)
    assert walk(7) != walk(8)


def test_walk__steps__start_at_the_start_price_and_keep_the_step():
    path = walk()

    assert (path.first_price, path.start, len(path)) == (100 * WAD, 1_600_000_000, 51)
    assert set(path.intervals) == {3_600}


def test_walk__no_volatility__grows_by_the_drift():
    path = walk(drift=math.log(2), volatility=0.0, step=YEAR, steps=3)

    assert [point.price for point in path] == [100 * WAD, 200 * WAD, 400 * WAD, 800 * WAD]


def test_walk__many_steps__log_returns_have_the_moments_of_the_formula():
    prices = np.array(
        [point.price / WAD for point in walk(drift=0.5, volatility=0.6, step=86_400, steps=20_000)]
    )
    returns = np.diff(np.log(prices))
    day = 1 / 365

    # four standard errors: 4 * 0.6 * sqrt(day / n), 4 * sigma / sqrt(2 n)
    assert abs(returns.mean() - (0.5 - 0.18) * day) < 4 * 0.6 * math.sqrt(day / 20_000)
    assert abs(returns.std() / math.sqrt(day) - 0.6) < 4 * 0.6 / math.sqrt(40_000)


def test_walk__another_step_count__keeps_the_shared_beginning():
    assert walk(steps=10).points == walk(steps=50).points[:11]


def test_walk__coin_of_a_millionth__keeps_its_digits():
    assert all(0 < point.price < WAD for point in walk(start_price=10**12))


@pytest.mark.parametrize("drift", [10_000_000.0, -10_000_000.0])
def test_walk__out_of_all_bounds__is_refused_on_one_line(drift):
    with pytest.raises(PriceDataError) as refusal:
        walk(drift=drift)

    assert "\n" not in str(refusal.value)
