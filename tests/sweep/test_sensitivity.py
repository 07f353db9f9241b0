from typing import Any

import numpy as np
import pytest

from isomargin.sweep.outcomes import OUTCOMES, Sample
from isomargin.sweep.sensitivity import balanced
from isomargin.sweep.sensitivity import sensitivity as sensitivity_of
from tests.sweep.made_results import grid_results, point_results

POOL_RETURN, BAD_DEBT = OUTCOMES[2], OUTCOMES[0]
sensitivity: Any = sensitivity_of  # whatever is asked of it below is there
AXES: dict[str, Any] = {"idle": [1.0, 2.0, 3.0], "strong": [0.0, 1.0, 2.0], "choice": ["calm", "wild"]}


def law(setting, common, own):
    """A loud seed that all points share, a little of each run's own."""
    wild = 400 if setting["choice"] == "wild" else 0
    return 1_000 * setting["strong"] + wild + 3_000 * common + 100 * own


@pytest.fixture(scope="module")
def found():
    return sensitivity(Sample(grid_results(AXES, 60, law)), POOL_RETURN, 0.95, is_grid=True)


def test_sensitivity__of_a_grid__ranks_by_the_share_explained(found):
    assert [effect.name for effect in found.effects] == ["strong", "choice", "idle"]
    # variances of the levels: 10^6 * 2/3 and 160,000 / 4
    share = (2 / 3) / (2 / 3 + 0.04)
    strong, choice, idle = found.effects
    assert strong.first.estimate == pytest.approx(share, abs=0.01)
    assert strong.first.low <= share <= strong.first.high
    assert choice.first.estimate == pytest.approx(1 - share, abs=0.01)
    assert idle.first.estimate < 0.001
    assert strong.total.estimate == pytest.approx(share, abs=0.01)


def test_sensitivity__swing__is_in_the_outcome_s_own_unit(found):
    assert found.effects[0].swing == pytest.approx(2_000 / 100_000, rel=0.02)


def test_sensitivity__chance__is_most_of_the_variance_of_runs(found):
    settings = 1e6 * 2 / 3 + 40_000
    assert found.between_points == pytest.approx(settings / (settings + 9e6), rel=0.5)
    assert (found.points, found.seeds) == (18, 60)


def test_sensitivity__differences_of_the_same_seed__are_far_surer_than_the_means(found):
    first, second, third = found.effects[0].levels
    assert first.difference is None
    for level, truth in ((second, -0.01), (third, -0.02)):
        assert level.difference.low <= truth <= level.difference.high
        paired = level.difference.high - level.difference.low
        assert paired < 0.05 * (level.mean.high - level.mean.low)
    assert (first.label, first.points, first.low) == (0.0, 6, None)


def test_sensitivity__rank_correlation__has_the_sign_and_is_of_numbers_only(found):
    strong, choice, _ = found.effects
    assert strong.rank_correlation.estimate < -0.9
    assert choice.rank_correlation is None


def test_sensitivity__same_seed__same_answer(found):
    again = sensitivity(Sample(grid_results(AXES, 60, law)), POOL_RETURN, 0.95, is_grid=True)
    assert again == found


def test_sensitivity__of_a_random_design__bins_numbers_and_has_no_total():
    generator = np.random.default_rng(3)
    settings = [
        {"strong": float(x), "idle": float(y), "choice": "wild" if z < 0.5 else "calm"}
        for x, y, z in generator.random((256, 3))
    ]
    found = sensitivity(Sample(point_results(settings, 5, law)), POOL_RETURN, 0.95, is_grid=False)
    effects = {effect.name: effect for effect in found.effects}
    share = (1e6 / 12) / (1e6 / 12 + 40_000)
    assert effects["strong"].first.estimate == pytest.approx(share, abs=0.1)
    assert effects["strong"].first.low <= share <= effects["strong"].first.high
    assert effects["strong"].first.estimate > effects["choice"].first.estimate > 0.1
    assert effects["idle"].first.estimate < 0.06
    assert effects["idle"].rank_correlation.low <= 0 <= effects["idle"].rank_correlation.high
    assert all(effect.total is None for effect in found.effects)
    levels = effects["strong"].levels
    assert [level.points for level in levels] == [32] * 8
    assert levels[0].low < levels[0].label < levels[0].high <= levels[1].low
    assert levels[1].difference is None


def test_sensitivity__failed_runs__their_seeds_are_left_out_everywhere():
    table = grid_results({"strong": [0.0, 1.0], "choice": ["calm", "wild"]}, 10, law, failed=[4, 15])
    found = sensitivity(Sample(table), POOL_RETURN, 0.95, is_grid=True)
    assert (found.points, found.seeds) == (4, 8)
    assert found.effects[0].total is not None


def test_sensitivity__a_point_that_never_ran__is_left_out_and_the_grid_is_not_full():
    table = grid_results({"strong": [0.0, 1.0], "choice": ["calm", "wild"]}, 10, law, failed=range(10))
    values, points, _ = balanced(Sample(table), "pool_return")
    assert values.shape == (3, 10)
    assert points.tolist() == [1, 2, 3]
    found = sensitivity(Sample(table), POOL_RETURN, 0.95, is_grid=True)
    assert all(effect.total is None for effect in found.effects)


def test_sensitivity__without_parameters_or_points__is_none():
    assert sensitivity(Sample(point_results([{}], 5, lambda *_: 1.0)), BAD_DEBT, 0.95, is_grid=True) is None
    one = grid_results({"strong": [1.0], "choice": ["wild"]}, 5, law)
    assert sensitivity(Sample(one), BAD_DEBT, 0.95, is_grid=True) is None


def test_sensitivity__one_seed__has_effects_without_intervals():
    found = sensitivity(Sample(grid_results(AXES, 1, law)), POOL_RETURN, 0.95, is_grid=True)
    assert found.between_points is None
    assert found.effects[0].first.low is None
    assert "one seed" in found.method


def test_sensitivity__nothing_ever_happened__knows_no_effects():
    found = sensitivity(Sample(grid_results(AXES, 5, lambda *_: -1.0)), BAD_DEBT, 0.95, is_grid=True)
    assert [effect.first for effect in found.effects] == [None] * 3
    assert [effect.swing for effect in found.effects] == [0.0] * 3
