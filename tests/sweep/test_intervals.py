import numpy as np
import pytest
from scipy import stats

from isomargin.sweep.intervals import (
    Interval,
    effective_size,
    mean_interval,
    order_statistics,
    quantile,
    quantile_interval,
    runs_needed,
    share_interval,
    shortfall_interval,
)

DRAWS = 2_000


def covered(interval: Interval, truth: float) -> bool:
    assert interval.low is not None
    assert interval.high is not None
    return interval.low <= truth <= interval.high


@pytest.mark.parametrize(
    ("count", "level", "ranks"),
    [
        # David and Nagaraja's tables of ranks around the median, at 95%
        (6, 0.5, (1, 6)),
        (10, 0.5, (2, 9)),
        (20, 0.5, (6, 15)),
        (100, 0.5, (40, 61)),
        (5, 0.5, (None, None)),
        # 0.99^367 is above 2.5%, 0.99^368 below
        (367, 0.99, (359, None)),
        (368, 0.99, (360, 368)),
        (368, 0.01, (1, 9)),
    ],
)
def test_order_statistics__known_samples__are_the_ranks_of_the_tables(count, level, ranks):
    assert order_statistics(count, level, 0.95) == ranks


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("count", [50, 400, 1_000])
def test_order_statistics__any_sample__leave_at_most_half_the_rest_on_each_side_and_no_rank_less_would(
    count, level
):
    low, high = order_statistics(count, level, 0.9)
    if low is not None:
        assert stats.binom.cdf(low - 1, count, level) <= 0.05 < stats.binom.cdf(low, count, level)
    if high is not None:
        assert stats.binom.sf(high - 1, count, level) <= 0.05 < stats.binom.sf(high - 2, count, level)


def test_quantile__known_values__is_one_of_them():
    values = np.arange(1.0, 11.0)
    assert [quantile(values, level) for level in (0.05, 0.5, 0.9, 0.91, 1)] == [1, 5, 9, 10, 10]


def test_quantile_interval__small_sample__says_how_many_runs_it_takes():
    found = quantile_interval(np.arange(100.0), 0.99, 0.95)
    assert found.estimate == 98
    assert found.high is None
    assert found.why == "takes 368 independent runs"
    assert runs_needed(0.01, 0.95) == 368


def test_quantile_interval__median_of_ten__is_the_second_and_the_ninth():
    found = quantile_interval(np.arange(10.0)[::-1].copy(), 0.5, 0.95)
    assert found == Interval(4, 1, 8)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
def test_quantile_interval__exponential_samples__covers_as_often_as_the_binomial_says(level):
    generator, count = np.random.default_rng(3), 200
    truth = -np.log(1 - level)
    low, high = order_statistics(count, level, 0.95)
    assert low is not None
    assert high is not None
    exact = stats.binom.cdf(high - 1, count, level) - stats.binom.cdf(low - 1, count, level)
    hits = [
        covered(quantile_interval(generator.exponential(size=count), level, 0.95), truth)
        for _ in range(DRAWS)
    ]
    assert exact >= 0.95
    assert np.mean(hits) == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / DRAWS))


def test_quantile_interval__mostly_zero__still_covers():
    generator = np.random.default_rng(4)
    truth = float(np.log(0.1 / 0.05))  # of what is zero nine times in ten and exponential else
    hits = []
    for _ in range(500):
        values = np.where(generator.random(400) < 0.9, 0.0, generator.exponential(size=400))
        hits.append(covered(quantile_interval(values, 0.95, 0.95), truth))
        assert quantile_interval(values, 0.5, 0.95) == Interval(0, 0, 0)
    assert np.mean(hits) >= 0.93


def test_quantile_interval__clusters__covers_where_independence_would_not():
    generator, seeds, points = np.random.default_rng(5), 60, 20
    clusters = np.tile(np.arange(seeds), points)
    right, naive = [], []
    for _ in range(400):
        values = np.tile(generator.standard_normal(seeds), points)
        values += 0.3 * generator.standard_normal(seeds * points)
        right.append(covered(quantile_interval(values, 0.5, 0.95, clusters), 0))
        naive.append(covered(quantile_interval(values, 0.5, 0.95), 0))
    assert np.mean(right) >= 0.93
    assert np.mean(naive) < 0.6


def test_effective_size__copies_of_the_same_runs__are_worth_about_the_originals():
    generator = np.random.default_rng(6)
    original = generator.random(500) < 0.4
    size = effective_size(np.tile(original, 8), np.tile(np.arange(500), 8), 0.95)
    assert 490 <= size <= 500


def test_effective_size__independent_runs__is_about_all_of_them():
    generator = np.random.default_rng(7)
    size = effective_size(generator.random(50_000) < 0.4, np.tile(np.arange(500), 100), 0.95)
    assert 42_000 < size <= 50_000


def test_mean_interval__symmetric_sample__is_student_s():
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    half = stats.t.ppf(0.975, 4) * np.sqrt(2.5 / 5)
    found = mean_interval(values, 0.95)
    assert (found.estimate, found.low, found.high) == pytest.approx((3, 3 - half, 3 + half))


def test_mean_interval__skewed_samples__covers_better_than_the_plain_t():
    generator, count = np.random.default_rng(8), 60
    truth = float(np.exp(0.5))
    hall, plain = [], []
    for _ in range(DRAWS):
        values = generator.lognormal(size=count)
        hall.append(covered(mean_interval(values, 0.95), truth))
        half = stats.t.ppf(0.975, count - 1) * np.std(values, ddof=1) / np.sqrt(count)
        plain.append(abs(np.mean(values) - truth) <= half)
    assert np.mean(hall) > np.mean(plain) + 0.01
    assert np.mean(hall) > 0.91


def test_mean_interval__normal_samples__covers_as_often_as_it_says():
    generator = np.random.default_rng(9)
    hits = [covered(mean_interval(generator.standard_normal(40), 0.9), 0) for _ in range(DRAWS)]
    assert np.mean(hits) == pytest.approx(0.9, abs=0.03)


def test_mean_interval__clusters__is_that_of_their_means():
    generator = np.random.default_rng(10)
    table = generator.exponential(size=(7, 30))
    found = mean_interval(table.ravel(), 0.95, np.tile(np.arange(30), 7))
    means = mean_interval(table.mean(axis=0), 0.95)
    assert (found.estimate, found.low, found.high) == pytest.approx((means.estimate, means.low, means.high))


@pytest.mark.parametrize(
    ("values", "why"), [([], "no runs"), ([1.0], "takes two seeds"), ([2.0, 2.0], "all are alike")]
)
def test_mean_interval__nothing_to_tell_from__has_no_ends_and_says_why(values, why):
    found = mean_interval(np.array(values), 0.95)
    assert (found.low, found.high, found.why) == (None, None, why)


def test_share_interval__known_samples__is_clopper_and_pearson_s():
    none = share_interval(np.zeros(10, dtype=bool), 0.95)
    assert (none.low, none.high) == pytest.approx((0, 1 - 0.025 ** (1 / 10)))
    four = share_interval(np.arange(10) < 4, 0.95)
    assert (four.low, four.high) == pytest.approx((0.1216, 0.7376), abs=1e-4)


def test_share_interval__simulated__never_covers_less_than_it_says():
    generator = np.random.default_rng(11)
    hits = [covered(share_interval(generator.random(100) < 0.03, 0.95), 0.03) for _ in range(DRAWS)]
    assert np.mean(hits) >= 0.95


def test_shortfall_interval__known_values__is_the_mean_of_the_worst():
    values = np.arange(1.0, 101.0)
    assert shortfall_interval(values, 0.9, 0.95).estimate == pytest.approx(np.mean(values[-10:]))
    odd = shortfall_interval(values, 0.905, 0.95)  # nine and a half of the worst
    assert odd.estimate == pytest.approx((values[-9:].sum() + 0.5 * values[-10]) / 9.5)


def test_shortfall_interval__fewer_than_ten_in_the_tail__says_how_many_runs_it_takes():
    found = shortfall_interval(np.arange(999.0), 0.99, 0.95)
    assert (found.low, found.high, found.why) == (None, None, "takes 1,000 runs")
    assert shortfall_interval(np.arange(1_000.0), 0.99, 0.95).low is not None


def test_shortfall_interval__normal_samples__covers_nearly_as_often_as_it_says():
    generator = np.random.default_rng(12)
    truth = stats.norm.pdf(stats.norm.ppf(0.95)) / 0.05
    hits = [
        covered(shortfall_interval(generator.standard_normal(1_000), 0.95, 0.95), truth) for _ in range(500)
    ]
    assert 0.91 <= np.mean(hits) <= 0.985


def test_interval__negated_and_bounded__keeps_its_order():
    assert Interval(1, 0, 3).negated() == Interval(-1, -3, 0)
    assert Interval(1, -2, None, "few").within(0, 1) == Interval(1, 0, None, "few")
