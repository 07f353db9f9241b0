"""What is to be played: scenarios of points, what travels to workers, and what decides the fingerprint."""

from __future__ import annotations

import pickle
from decimal import Decimal

import pytest

from isomargin.errors import InputError
from isomargin.scenario import load_scenario
from isomargin.sweep import check_points, plan_sweep, point_text, with_points
from isomargin.sweep.playing import Player
from tests.sweep.markets import MARKET, SWEEP, write_sweep

BRACKETS = """
[risk]
brackets = [
  { notional_floor = 0, imr = 0.01, mmr = 0.005 },
  { notional_floor = 5_000_000, imr = 0.1, mmr = 0.05 },
]
"""


def test_plan__runs__are_numbered_point_by_point(tmp_path):
    plan = plan_sweep(write_sweep(tmp_path))

    jobs = [plan.job(run) for run in range(plan.info.runs)]

    assert [job.run for job in jobs] == list(range(12))
    assert [job.number for job in jobs] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert [job.seed for job in jobs] == [1, 2, 3] * 4
    assert plan.settings == [(1.1, "calm"), (1.1, "wild"), (1.5, "calm"), (1.5, "wild")]
    assert point_text(plan.info.parameters, plan.points[1]) == "health = 1.1, prices = wild"


def test_scenario__of_a_run__is_the_base_with_what_the_point_says(tmp_path):
    plan = plan_sweep(write_sweep(tmp_path, market=MARKET + BRACKETS))

    scenario = plan.scenario(4)

    assert scenario.seed == 2
    assert scenario.risk.health_target == 11 * 10**17
    assert scenario.prices.gbm is not None
    assert (scenario.prices.gbm.volatility, scenario.prices.gbm.steps) == (4, 6)
    assert scenario.name == "small market"


def test_scenario__element_of_an_array__leaves_the_others(tmp_path):
    text = 'scenario = "market.toml"\n[[parameters]]\nkey = "risk.brackets[1].mmr"\nvalues = [0.04]\n'
    plan = plan_sweep(write_sweep(tmp_path, text, market=MARKET + BRACKETS))

    changed, base = plan.scenario(0).risk.brackets, load_scenario(tmp_path / "market.toml").risk.brackets

    assert changed[0] == base[0]
    assert changed[1] == base[1].model_copy(update={"mmr": 4 * 10**16})


def test_scenario__choice_of_another_kind_of_price__takes_the_place_of_the_base(tmp_path):
    text = 'scenario = "market.toml"\n[[parameters]]\nname = "prices"\n'
    text += "choices.listed.prices.values = [200, 210]\n"
    plan = plan_sweep(write_sweep(tmp_path, text))

    assert [point.price for point in plan.scenario(0).price_path()] == [200 * 10**18, 210 * 10**18]


def test_cargo__files_of_scenario_and_choices__are_played_where_they_are_not(tmp_path):
    (tmp_path / "data").mkdir()
    for name, low in (("a", 190), ("b", 150)):
        (tmp_path / "data" / f"{name}.csv").write_text(
            f"time,high,low,close\n1600000000,201,199,200\n1600003600,201,{low},{low + 1}\n"
        )
    sweep = 'scenario = "market/base.toml"\n[[parameters]]\nname = "prices"\n'
    sweep += 'choices.b.prices.file = "data/b.csv"\nchoices.a = {}\n'
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "base.toml").write_text('[prices]\nfile = "../data/a.csv"\n[traders]\ncount = 1\n')
    (tmp_path / "sweep.toml").write_text(sweep)
    plan = plan_sweep(tmp_path / "sweep.toml")
    check_points(plan)
    lows = [min(point.price for point in plan.scenario(run).price_path()) for run in (0, 1)]
    travelled = pickle.loads(pickle.dumps(plan.cargo))
    for file in (tmp_path / "data").iterdir():
        file.unlink()

    player = Player(travelled)

    assert lows == [150 * 10**18, 190 * 10**18]
    assert [min(one.price for one in player.scenario(plan.job(run)).price_path()) for run in (0, 1)] == lows


def test_fingerprint__same_files_elsewhere__is_the_same(tmp_path):
    here, there = plan_sweep(write_sweep(tmp_path / "a")), plan_sweep(write_sweep(tmp_path / "b"))

    assert here.info.fingerprint == there.info.fingerprint


@pytest.mark.parametrize(
    ("text", "market"),
    [
        (SWEEP.replace("seeds = 3", "seeds = 4"), MARKET),
        (SWEEP.replace("1.5", "1.6"), MARKET),
        (SWEEP.replace("volatility = 4", "volatility = 5"), MARKET),
        (SWEEP.replace('"revm"', '"py-evm"'), MARKET),
        ('checks = "scenario"\n' + SWEEP, MARKET),
        (SWEEP, MARKET.replace("count = 5", "count = 6")),
        (SWEEP.replace('name = "health"', 'name = "target"'), MARKET.replace("small market", "other")),
    ],
)
def test_fingerprint__anything_that_decides_results__changes_it(tmp_path, text, market):
    before = plan_sweep(write_sweep(tmp_path / "a")).info.fingerprint

    assert plan_sweep(write_sweep(tmp_path / "b", text, market=market)).info.fingerprint != before


def test_fingerprint__content_of_a_file_that_is_named__changes_it(tmp_path):
    file = write_sweep(tmp_path, market='[prices]\nfile = "a.csv"\n', text='scenario = "market.toml"\n')
    found = []
    for low in (190, 191):
        (tmp_path / "a.csv").write_text(
            f"time,high,low,close\n1600000000,201,{low},200\n1600003600,201,199,200\n"
        )
        found.append(plan_sweep(file).info.fingerprint)

    assert found[0] != found[1]


def test_fingerprint__what_only_reads_results__leaves_it(tmp_path):
    before = plan_sweep(write_sweep(tmp_path / "a")).info.fingerprint
    text = "confidence = 0.9\n" + SWEEP + '[optimise]\nminimise = "mean(margin)"\n'

    assert plan_sweep(write_sweep(tmp_path / "b", text)).info.fingerprint == before


def test_with_points__others__are_numbered_anew(tmp_path):
    plan = plan_sweep(write_sweep(tmp_path))

    other = with_points(plan, [(Decimal("1.25"), "wild")])

    assert (other.info.points, other.info.runs, other.settings) == (1, 3, [(Decimal("1.25"), "wild")])
    assert other.info.fingerprint != plan.info.fingerprint
    assert other.cargo is plan.cargo
    assert plan.info.points == 4


def test_check_points__last_of_them_wrong__is_found_before_any_run(tmp_path):
    text = SWEEP.replace("[1.1, 1.5]", "[1.1, 1.5, 99]")
    plan = plan_sweep(write_sweep(tmp_path, text))
    checked: list[int] = []

    with pytest.raises(InputError, match=r"values\[2\]: .*\(with health = 99, prices = calm\)$"):
        check_points(plan, checked.append)

    assert checked == [1, 2, 3, 4]
