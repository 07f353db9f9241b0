from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from isomargin.sweep.outcomes import LEVELS, OUTCOMES, Sample, by_point
from isomargin.sweep.outcomes import distribution_of as one_distribution
from isomargin.sweep.outcomes import distributions as all_distributions
from tests.sweep.made_results import grid_results, point_results

BAD_DEBT, DRAWDOWN, POOL_RETURN, KEEPER_PROFIT, LIQUIDATED = OUTCOMES

distribution_of: Any = one_distribution  # whatever is asked of them below is there
distributions: Any = all_distributions


def losses(setting, common, own):
    return float(setting["size"]) * 100 + 200 * common + 50 * own


@pytest.fixture(scope="module")
def sample():
    return Sample(grid_results({"size": [-2.0, 0.0, 2.0], "mode": ["on", "off"]}, 40, losses, failed=[3, 50]))


def test_sample__failed_runs__are_left_out_and_counted(sample):
    assert sample.failed == 2
    assert len(sample.points) == 6 * 40 - 2
    assert np.isfinite(sample.values("bad_debt")).all()


def test_sample__settings__are_those_of_the_design(sample):
    assert sample.parameters == ("size", "mode")
    assert sample.settings()[0] == (-2.0, "on")
    assert sample.settings()[5] == (2.0, "off")
    assert list(sample.settings()) == list(range(6))


def test_total__money__is_exact_however_large():
    table = point_results([{}], 3, lambda *_: 1e15 / 3)
    cells = table["bad_debt"].to_pylist()
    assert Sample(table).total("bad_debt") == sum(cells, Decimal(0)) == 3 * cells[0]
    assert Sample(table).total("pool_return") is None


def test_distributions__each_outcome__counts_its_runs_and_agrees_with_numpy(sample):
    found = {one.outcome.column: one for one in distributions(sample, 0.95)}
    debt = sample.values("bad_debt")
    assert list(found) == [one.column for one in OUTCOMES]
    assert found["bad_debt"].count == 238
    assert found["bad_debt"].mean.estimate == pytest.approx(debt.mean())
    assert found["bad_debt"].happened.estimate == pytest.approx(np.mean(debt > 0))
    assert float(found["bad_debt"].total) == pytest.approx(debt.sum())
    assert (found["bad_debt"].lowest, found["bad_debt"].highest) == (debt.min(), debt.max())
    assert found["bad_debt"].quantiles[1].estimate == np.quantile(debt, 0.9, method="inverted_cdf")


def test_distributions__runs_share_their_seeds__intervals_are_wider_than_of_independent_ones(sample):
    shared = distributions(sample, 0.95)[2].mean
    alone = distribution_of(POOL_RETURN, sample.values("pool_return"), 0.95).mean
    assert shared.high - shared.low > 1.5 * (alone.high - alone.low)


def test_distribution__less_is_worse__quantiles_and_shortfall_look_down():
    values = np.arange(-50.0, 951.0)
    found = distribution_of(POOL_RETURN, values, 0.95)
    assert found.quantiles[LEVELS.index(0.99)].estimate == -40
    assert found.quantiles[0].estimate == 450
    assert found.shortfall.estimate == pytest.approx(-45, abs=0.5)
    for interval in (*found.quantiles[:-1], found.shortfall, found.mean):
        assert interval.low <= interval.estimate <= interval.high
    assert found.happened.estimate == pytest.approx(50 / 1001)


def test_distribution__worst_thousandth_of_few_runs__has_no_end_on_the_bad_side():
    high = distribution_of(BAD_DEBT, np.arange(500.0), 0.95).quantiles[-1]
    low = distribution_of(POOL_RETURN, np.arange(500.0), 0.95).quantiles[-1]
    assert (high.high, high.why) == (None, "takes 3,688 independent runs")
    assert high.low is not None
    assert low.low is None
    assert low.high is not None


def test_distribution__of_bounded_outcomes__ends_stay_possible():
    few = distribution_of(BAD_DEBT, np.where(np.arange(12) == 3, 1e6, 0.0), 0.95).mean
    share = distribution_of(LIQUIDATED, np.tile([0.0, 1.0], 3), 0.95).mean
    assert few.low == 0
    assert (share.low, share.high) == (0, 1)


def test_distribution__nothing_opened_in_any_run__is_empty_without_a_warning():
    found = distribution_of(LIQUIDATED, np.full(5, np.nan), 0.95)
    assert (found.count, found.mean.why) == (0, "no runs")
    assert np.isnan(found.mean.estimate)


def test_by_point__each_point__has_its_own_runs(sample):
    found = by_point(sample, 0.95)
    assert [one.point for one in found] == list(range(6))
    assert [one.runs for one in found] == [39, 39, 40, 40, 40, 40]
    assert [one.failed for one in found] == [1, 1, 0, 0, 0, 0]
    debt = sample.values("bad_debt")[sample.points == 4]
    assert found[4].distributions[0].mean.estimate == pytest.approx(debt.mean())
    assert found[4].settings == (2.0, "on")


def test_by_point__every_run_of_a_point_failed__is_shown_with_none():
    table = grid_results({"size": [0.0, 1.0]}, 3, losses, failed=[3, 4, 5])
    found = by_point(Sample(table), 0.95)
    assert [(one.runs, one.failed) for one in found] == [(3, 0), (0, 3)]
    assert found[1].distributions[0].count == 0


def test_by_point__shuffled_rows__makes_no_difference(sample):
    order = np.random.default_rng(2).permutation(sample.everything.num_rows)
    shuffled = by_point(Sample(sample.everything.take(order)), 0.95)
    for one, other in zip(by_point(sample, 0.95), shuffled, strict=True):
        assert one.settings == other.settings
        assert one.distributions[0].quantiles == other.distributions[0].quantiles
