"""Sweep files: what they may say, and the line that refuses what they may not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from isomargin.errors import InputError
from isomargin.sweep import check_points, plan_sweep, read_sweep_file
from isomargin.sweep.definition import key_path
from tests.sweep.markets import SWEEP, write_sweep
from tests.sweep.wrong_sweeps import WRONG


def test_wrong__all__are_many():
    assert len(WRONG) >= 50


@pytest.mark.parametrize("case", WRONG)
def test_sweep_file__malformed__names_file_line_and_key(tmp_path, case):
    text, message = WRONG[case]
    file = write_sweep(tmp_path, text)

    with pytest.raises(InputError) as refused:
        check_points(plan_sweep(file))

    assert str(refused.value).startswith(f"{file}{message}")
    assert "\n" not in str(refused.value)


def test_sweep_file__all_of_it__is_read(tmp_path):
    sweep, _ = read_sweep_file(
        write_sweep(
            tmp_path,
            SWEEP
            + '[optimise]\nminimise = "mean(margin)"\nsubject_to = ["quantile(bad_debt, 0.99) <= 1000"]\n',
        )
    )

    assert sweep.scenario == "market.toml"
    assert sweep.seeds == (1, 2, 3)
    assert (sweep.checks, sweep.confidence, sweep.design.kind) == ("end", 0.95, "grid")
    assert [parameter.title for parameter in sweep.parameters] == ["health", "prices"]
    assert sweep.parameters[0].values == (Decimal("1.1"), Decimal("1.5"))
    assert sweep.parameters[1].choices == {
        "calm": {"prices": {"gbm": {"volatility": Decimal("0.3")}}},
        "wild": {"prices": {"gbm": {"volatility": 4}}},
    }
    assert sweep.optimise is not None
    assert sweep.optimise.trials == 40


@pytest.mark.parametrize(
    ("said", "seeds"),
    [("2", (1, 2)), ("{ first = 7, count = 3 }", (7, 8, 9)), ("[5, 3]", (5, 3)), ("1", (1,))],
)
def test_seeds__count_range_or_list__are_these(tmp_path, said, seeds):
    sweep, _ = read_sweep_file(write_sweep(tmp_path, f'scenario = "market.toml"\nseeds = {said}\n'))

    assert sweep.seeds == seeds


def test_parameter__without_a_name__is_called_by_its_key(tmp_path):
    text = 'scenario = "market.toml"\n[[parameters]]\nkey = "risk.brackets[0].mmr"\nvalues = [0.1]\n'
    sweep, _ = read_sweep_file(write_sweep(tmp_path, text))

    assert sweep.parameters[0].title == "risk.brackets[0].mmr"


def test_key_path__indices__are_numbers():
    assert key_path("a.b_c[0][12].d-e") == ("a", "b_c", 0, 12, "d-e")
