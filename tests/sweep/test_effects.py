import numpy as np
import pytest

from isomargin.sweep.effects import Groups, Response, bins_of, first_order, is_full_grid, total_order

SEEDS = 50


def grid(*axes):
    cells = np.meshgrid(*axes, indexing="ij")
    columns = [cell.ravel() for cell in cells]
    return columns, [bins_of(column, is_grid=True) for column in columns]


def test_bins__choices_and_numbers_of_a_grid__are_their_own_levels():
    names = bins_of(np.asarray(["b", "a", "b"], dtype=np.object_), is_grid=False)
    assert (names.labels, names.members.tolist()) == (("b", "a"), [0, 1, 0])
    numbers = bins_of(np.asarray([3.0, 1.0, 3.0]), is_grid=True)
    assert (numbers.labels, numbers.members.tolist()) == ((1.0, 3.0), [1, 0, 1])


def test_bins__sampled_numbers__hold_equally_many_points():
    cells = np.random.default_rng(0).random(64)
    found = bins_of(cells, is_grid=False)
    assert np.bincount(found.members).tolist() == [8] * 8
    assert len(found.ends) == 8
    for number, (low, high) in enumerate(found.ends):
        assert low == cells[found.members == number].min()
        assert high == cells[found.members == number].max()
    assert found.ends[0][1] < found.ends[1][0]


def test_is_full_grid__a_point_missing_or_twice__is_none():
    _, groups = grid([0.0, 1.0], [0.0, 1.0, 2.0])
    assert is_full_grid(groups)
    assert not is_full_grid([group.taken(np.arange(5)) for group in groups])
    assert not is_full_grid([group.taken(np.array([0, 1, 2, 3, 4, 4])) for group in groups])


def test_effects__additive_law_with_loud_common_chance__are_those_worked_out_by_hand():
    (x, y), groups = grid([0.0, 1.0, 2.0], [0.0, 1.0])
    chance = 1e3 * np.random.default_rng(1).standard_normal(SEEDS)  # alike at all points: no error at all
    response = Response((10 * x + 5 * y)[:, None] + chance)
    # variances of the levels: 100 * 2/3 and 25 * 1/4
    share = (200 / 3) / (200 / 3 + 25 / 4)
    assert first_order(response, groups[0], True) == pytest.approx(share)
    assert first_order(response, groups[1], True) == pytest.approx(1 - share)
    assert total_order(response, groups, 0) == pytest.approx(share)


def test_effects__pure_interaction__is_in_the_total_only():
    (x, y), groups = grid([-1.0, 1.0], [-1.0, 1.0])
    response = Response(np.repeat((x * y)[:, None], SEEDS, axis=1))
    for place in (0, 1):
        assert first_order(response, groups[place], True) == pytest.approx(0)
        assert total_order(response, groups, place) == pytest.approx(1)


def test_effects__parameter_without_effect_among_noise__is_about_nothing():
    generator = np.random.default_rng(2)
    (x, _), groups = grid([0.0, 1.0], np.arange(10.0))
    idle, between = [], []
    for _ in range(200):
        response = Response(x[:, None] + generator.standard_normal((20, SEEDS)))
        between.append(response.between)
        idle.append(first_order(response, groups[1], True))
    assert np.mean(between) == pytest.approx(0.25, rel=0.05)  # the variance of x, none of the noise
    assert np.mean(idle) < 0.02  # uncorrected it would be about 0.07


def test_first_order__points_all_alike__is_unknown():
    _, groups = grid([0.0, 1.0], [0.0, 1.0])
    assert np.isnan(first_order(Response(np.ones((4, SEEDS))), groups[0], True))
    assert np.isnan(total_order(Response(np.ones((4, SEEDS))), groups, 0))


def test_first_order__ishigami_function__is_nearly_the_known_one_and_rather_too_small():
    from scipy.stats import qmc

    unit = qmc.Sobol(3, scramble=True, rng=5).random(4_096)
    x = np.pi * (2 * unit - 1)
    values = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = [
        first_order(Response(values[:, None]), bins_of(x[:, column], is_grid=False), False)
        for column in range(3)
    ]
    known = [0.3139, 0.4424, 0.0]
    assert found == pytest.approx(known, abs=0.1)
    assert found[0] < known[0]
    assert found[1] < known[1]


def test_groups__means__are_of_each_level():
    group = Groups(("a", "b", "c"), np.array([0, 0, 2]))
    assert group.means(np.array([[1.0, 2.0], [3.0, 4.0], [7.0, 8.0]])).tolist() == [[2, 3], [7, 8]]
