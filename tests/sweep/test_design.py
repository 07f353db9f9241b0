"""Which points a sweep plays, against numbers worked out by hand, and against scipy's own sequence."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from scipy.stats import qmc

from isomargin.scenario.documents import document_of
from isomargin.sweep.definition import ParameterSection, SweepFile
from isomargin.sweep.design import points_of, value_at, values_of


def points(parameters, **design):
    """The points of a design."""
    tables = {"scenario": "market.toml", "parameters": parameters, "design": design}
    return points_of(SweepFile.model_validate(tables), document_of(tables))


def spread(**said) -> ParameterSection:
    """A range."""
    return ParameterSection.model_validate({"key": "a", **said})


def test_grid__two_parameters__is_every_combination_with_the_last_first():
    found = points(
        [
            {"key": "a", "values": [1, 2]},
            {"name": "prices", "choices": {"calm": {}, "wild": {}}},
        ]
    )

    assert found == [(1, "calm"), (1, "wild"), (2, "calm"), (2, "wild")]


def test_grid__no_parameters__is_one_point():
    assert points([]) == [()]


def test_values__linear_range__are_exact():
    assert values_of(spread(min=Decimal("0.1"), max=Decimal("0.4"), count=4)) == (
        Decimal("0.1"), Decimal("0.2"), Decimal("0.3"), Decimal("0.4")
    )  # fmt: skip


def test_values__thirds__have_six_digits():
    assert values_of(spread(min=0, max=1, count=4)) == (0, Decimal("0.333333"), Decimal("0.666667"), 1)


def test_values__log_range__have_one_ratio():
    assert values_of(spread(min=1, max=1000, count=4, scale="log")) == (1, 10, 100, 1000)


def test_values__whole_numbers_of_a_narrow_range__come_once():
    found = values_of(spread(min=1, max=3, count=7, integer=True))

    assert found == (1, 2, 3)
    assert all(isinstance(value, int) for value in found)


@pytest.mark.parametrize(
    ("said", "unit", "value"),
    [
        ({"min": 10, "max": 20}, 0.25, Decimal("12.5")),
        ({"min": 10, "max": 20}, 0.0, 10),
        ({"min": 1, "max": 100, "scale": "log"}, 0.5, 10),
        ({"min": 1, "max": 4, "integer": True}, 0.0, 1),
        ({"min": 1, "max": 4, "integer": True}, 0.26, 2),
        ({"min": 1, "max": 4, "integer": True}, 0.9999999, 4),
        ({"values": [5, 6, 7]}, 0.34, 6),
        ({"values": ["x", "y"]}, 0.9999999, "y"),
    ],
)
def test_value_at__coordinate__is_its_share(said, unit, value):
    assert value_at(spread(**said), unit) == value


def test_value_at__end_with_many_digits__is_never_beyond_it():
    parameter = spread(min=Decimal("1.00000001"), max=Decimal("1.00000002"))

    assert value_at(parameter, 0.5) == Decimal("1.00000001")


def test_sobol__range_and_choices__is_the_sequence_of_scipy():
    unit = qmc.Sobol(2, scramble=True, rng=9).random(8)

    found = points(
        [{"key": "a", "min": 0, "max": 100}, {"name": "p", "choices": {"x": {}, "y": {}}}],
        kind="sobol", points=8, seed=9,
    )  # fmt: skip

    assert [float(a) for a, _ in found] == pytest.approx(unit[:, 0] * 100, rel=1e-5)
    assert [name for _, name in found] == ["xy"[int(u * 2)] for u in unit[:, 1]]
    assert sorted(int(float(a) // 12.5) for a, _ in found) == list(range(8))  # one in each eighth


def test_random__range__is_numpys_and_another_seed_gives_another():
    parameters = [{"key": "a", "min": 0, "max": 1}]

    found = points(parameters, kind="random", points=5, seed=3)

    wanted = np.random.default_rng(3).random((5, 1))[:, 0]
    assert [float(a) for (a,) in found] == pytest.approx(wanted, abs=1e-6)
    assert points(parameters, kind="random", points=5, seed=3) == found
    assert points(parameters, kind="random", points=5, seed=4) != found


def test_sobol__number_that_is_no_power_of_two__does_not_complain(recwarn):
    assert len(points([{"key": "a", "min": 0, "max": 1}], kind="sobol", points=5)) == 5
    assert not recwarn.list
