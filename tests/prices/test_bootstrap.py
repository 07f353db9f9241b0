"""The stationary bootstrap against its theory: what it keeps of its source, and what it fades."""

import math

import numpy as np
import pytest

from isomargin.errors import PriceDataError
from isomargin.prices import Candle, Candles, HestonModel, bootstrap_path
from isomargin.prices.bootstrap import stationary_places
from isomargin.prices.stochastic_volatility import heston_moves
from isomargin.units import WAD, to_wad
from tests.prices.sampling import BOUND, check_mean

STEP = 3_600
COUNT = 400
CLUSTERED = HestonModel(0.0, 0.8, 0.8, 60.0, 9.0, -0.5)


def source(seed=2):
    """Candles of clustered volatility, with gaps between close and open."""
    random = np.random.default_rng(seed)
    moves, _ = heston_moves(random, CLUSTERED, interval=1 / 8760, steps=4 * COUNT)
    prices = (100 * np.exp(np.cumsum(moves))).reshape(COUNT, 4)
    candles = [
        [to_wad(f"{price:.6f}") for price in (row[0], row.max(), row.min(), row[-1])] for row in prices
    ]
    return Candles(STEP, tuple(Candle(index * STEP, *row) for index, row in enumerate(candles)))


SOURCE = source()


def drawn(seed=1, **changes):
    arguments = {"block": 24.0, "start_price": 50 * WAD, "start": 1_600_000_000, "steps": 100, **changes}
    return bootstrap_path(
        np.random.default_rng(seed),
        changes.pop("candles", SOURCE),
        **{key: value for key, value in arguments.items() if key != "candles"},
    )


def shapes(candles, before):
    """Open, high, low and close of each candle over the close before it."""
    found = []
    for candle in candles:
        found.append([price / before for price in (candle.open, candle.high, candle.low, candle.close)])
        before = candle.close
    return np.array(found)


def path_candles(path):
    """The candles of a path in the order open, low, high, close."""
    points = [point.price for point in path]
    quarters = zip(points[::4], points[2::4], points[1::4], points[3::4], strict=True)
    return [Candle(0, *prices) for prices in quarters]


OWN = shapes(SOURCE.candles, SOURCE.candles[0].open)


def test_path__every_candle__has_the_gap_and_the_extremes_of_one_of_its_source():
    found = shapes(path_candles(drawn(steps=300)), 50 * WAD)

    for shape in found:
        assert np.abs(OWN - shape).max(axis=1).min() < 1e-8  # prices have ten digits


def test_path__times__are_quarters_of_the_sources_candles():
    path = drawn()

    assert (path.start, len(path)) == (1_600_000_000, 400)
    assert set(path.intervals) == {STEP // 4}


def test_path__order__says_which_extreme_comes_first():
    low_first, high_first = drawn(), drawn(order="ohlc")

    assert [point.price for point in low_first][1::4] == [point.price for point in high_first][2::4]
    assert low_first[1].price < high_first[1].price


def test_path__same_seed__is_the_same():
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


@pytest.mark.parametrize("block", [1.0, 24.0])
def test_path__more_steps__keep_the_shared_beginning(block):
    assert drawn(steps=10, block=block).points == drawn(steps=500, block=block).points[:40]


def test_path__source_of_one_candle__repeats_it():
    candle = Candles(60, (Candle(0, 100 * WAD, 120 * WAD, 80 * WAD, 110 * WAD),))
    path = drawn(candles=candle, steps=2, start_price=100 * WAD)

    assert [point.price // WAD for point in path] == [100, 80, 120, 110, 110, 88, 132, 121]


def test_path__out_of_all_bounds__is_refused_on_one_line():
    doubling = Candles(60, (Candle(0, 100 * WAD, 200 * WAD, 100 * WAD, 200 * WAD),))
    with pytest.raises(PriceDataError, match=r"left all bounds at candle 31: its source") as refusal:
        drawn(candles=doubling, steps=100)  # 50 * 2^31 is above 2^96 / 10^18, 50 * 2^30 is not

    assert "\n" not in str(refusal.value)


# Where blocks begin and end


def test_places__a_block_ends__with_probability_one_over_its_length():
    places = stationary_places(np.random.default_rng(3), 10_000, block=8.0, steps=40_000)
    follows = (np.diff(places) - 1) % 10_000 == 0
    expected = 7 / 8 + 1 / 8 / 10_000

    check_mean(follows, expected, expected * (1 - expected))


def test_places__each_element__is_as_likely_as_every_other():
    tallies = np.array(
        [
            np.bincount(stationary_places(np.random.default_rng(seed), 10, block=3.0, steps=60), minlength=10)
            for seed in range(1_000)
        ]
    )

    for element in range(10):
        check_mean(tallies[:, element], 6.0)


def test_places__block_of_one__is_the_plain_bootstrap():
    places = stationary_places(np.random.default_rng(3), 50, block=1.0, steps=20_000)

    check_mean(np.diff(places) % 50 == 1, 1 / 50, 1 / 50 * 49 / 50)


# What a path keeps

RETURNS = np.log(OWN[:, 3])
SQUARES = (RETURNS - RETURNS.mean()) ** 2


def resampled(block, seeds=400, steps=300):
    """Squared returns as paths have them, one row a path."""
    places = [
        stationary_places(np.random.default_rng(seed), COUNT, block=block, steps=steps)
        for seed in range(seeds)
    ]
    return SQUARES[np.array(places)]


def circular_covariance(series, lag):
    centred = series - series.mean()
    return (centred * np.roll(centred, -lag)).mean()


@pytest.fixture(scope="module")
def path_returns():
    """Logarithms of closes over closes, one row a path."""
    found = [shapes(path_candles(drawn(seed)), 50 * WAD)[:, 3] for seed in range(100)]
    return np.log(found)


@pytest.mark.parametrize("quantile", [0.01, 0.1, 0.5, 0.9, 0.99])
def test_returns__marginal_distribution__is_that_of_the_source(path_returns, quantile):
    limit = np.quantile(RETURNS, quantile) + 1e-8  # prices have ten digits
    shares = (path_returns <= limit).mean(axis=1)  # paths are independent, candles are not

    check_mean(shares, np.mean(limit >= RETURNS))


@pytest.mark.parametrize("lag", [1, 2, 5])
def test_squares__autocovariance__fades_by_the_chance_that_a_block_goes_on(lag):
    block = 40.0
    squares = resampled(block) - SQUARES.mean()
    found = (squares[:, :-lag] * squares[:, lag:]).mean(axis=1)
    expected = (1 - 1 / block) ** lag * circular_covariance(SQUARES, lag)

    check_mean(found, expected)
    assert found.mean() > BOUND * found.std(ddof=1) / math.sqrt(len(found))  # there is something to keep


def test_squares__block_of_one__forget_their_neighbours():
    squares = resampled(1.0) - SQUARES.mean()

    check_mean((squares[:, :-1] * squares[:, 1:]).mean(axis=1), 0.0)
