from typing import Any

import numpy as np
import pytest

from isomargin.sweep.expressions import parse_constraint, parse_objective
from isomargin.sweep.intervals import mean_interval, quantile_interval, share_interval
from isomargin.sweep.objectives import Runs, value_of
from isomargin.sweep.objectives import judge as judged
from isomargin.sweep.objectives import value_interval as interval_of

judge: Any = judged
value_interval: Any = interval_of
DEBT = np.concatenate([np.zeros(350), np.arange(1.0, 51.0)])
MARGIN = np.linspace(100, 200, 400)
RUNS = Runs({"bad_debt": DEBT, "margin": MARGIN, "waited_most": np.full(400, np.nan)}, np.arange(400))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("mean(margin)", 150),
        ("quantile(bad_debt, 0.99)", 46),
        ("shortfall(bad_debt, 0.99)", 48.5),
        ("share(bad_debt > 0)", 0.125),
        ("share(bad_debt <= 0)", 0.875),
        ("largest(bad_debt) - smallest(margin)", -50),
        ("2 * mean(margin) / 4 - -1", 76),
        ("-mean(margin) + 1", -149),
    ],
)
def test_value__of_known_runs__is_worked_out(text, value):
    assert value_of(parse_objective(text), RUNS) == pytest.approx(value)


def test_value__of_a_column_without_values_or_by_zero__is_none():
    assert np.isnan(value_of(parse_objective("mean(waited_most)"), RUNS))
    assert np.isnan(value_of(parse_objective("mean(margin) / smallest(bad_debt)"), RUNS))


def test_interval__of_one_statistic__is_that_of_the_statistic():
    assert value_interval(parse_objective("mean(margin)"), RUNS, 0.9) == mean_interval(MARGIN, 0.9)
    quantile = value_interval(parse_objective("quantile(bad_debt, 0.99)"), RUNS, 0.95)
    assert quantile == quantile_interval(DEBT, 0.99, 0.95)
    share = value_interval(parse_objective("share(bad_debt > 0)"), RUNS, 0.95)
    assert share == share_interval(DEBT > 0, 0.95)


def test_interval__shifted_and_scaled__moves_with_it():
    plain: Any = mean_interval(MARGIN, 0.95)
    moved = value_interval(parse_objective("10 - 2 * mean(margin) / 4"), RUNS, 0.95)
    assert (moved.estimate, moved.low, moved.high) == pytest.approx(
        (10 - plain.estimate / 2, 10 - plain.high / 2, 10 - plain.low / 2)
    )


def test_interval__of_several_statistics__is_resampled_and_holds_the_truth():
    generator, hits = np.random.default_rng(1), []
    tree = parse_objective("mean(margin) - mean(bad_debt)")
    runs = found = None
    for _ in range(100):
        runs = Runs(
            {"margin": generator.normal(5, 1, 80), "bad_debt": generator.exponential(2, 80)}, np.arange(80)
        )
        found = value_interval(tree, runs, 0.95)
        hits.append(found.low <= 3 <= found.high)
        assert found.low < found.estimate < found.high
    assert np.mean(hits) > 0.87
    assert value_interval(tree, runs, 0.95) == found


def test_judge__limit_between_estimate_and_end__holds_but_not_for_sure():
    interval: Any = quantile_interval(DEBT, 0.9, 0.95)
    between = (interval.estimate + interval.high) / 2
    assert interval.estimate < between < interval.high
    for limit, holds, surely in (
        (interval.estimate - 1, False, False),
        (between, True, False),
        (interval.high, True, True),
    ):
        found = judge(parse_constraint(f"quantile(bad_debt, 0.9) <= {limit}"), RUNS, 0.95)
        assert (found.holds, found.surely) == (holds, surely)


def test_judge__the_other_way_round__is_the_same():
    first = judge(parse_constraint("mean(margin) >= 140"), RUNS, 0.95)
    second = judge(parse_constraint("140 <= mean(margin)"), RUNS, 0.95)
    assert first.excess == second.excess
    assert (first.holds, first.surely) == (True, True)


def test_judge__too_few_runs_for_the_end__is_never_sure():
    few = Runs({"bad_debt": np.zeros(100)}, np.arange(100))
    found = judge(parse_constraint("quantile(bad_debt, 0.99) <= 1000"), few, 0.95)
    assert (found.holds, found.surely, found.excess.high) == (True, False, None)
    assert found.excess.why == "takes 368 independent runs"


def test_judge__strictly_less__does_not_hold_of_equals():
    runs = Runs({"bad_debt": np.array([0.0, 4.0])}, np.arange(2))
    assert judge(parse_constraint("mean(bad_debt) <= 2"), runs, 0.95).holds
    assert not judge(parse_constraint("mean(bad_debt) < 2"), runs, 0.95).holds


def test_runs__of_several_points__count_seeds():
    seeds = np.repeat(np.arange(50), 20)
    values = np.repeat(np.random.default_rng(2).normal(size=50), 20)
    shared = value_interval(parse_objective("mean(margin)"), Runs({"margin": values}, seeds, True), 0.95)
    alone = value_interval(parse_objective("mean(margin)"), Runs({"margin": values}, seeds), 0.95)
    assert shared.high - shared.low > 3 * (alone.high - alone.low)
