"""The matrix of a made-up comparison, and what is said of it, against figures that are worked out here."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from isomargin.errors import InputError
from isomargin.sweep.matrix import MEASURES, Matrix, Setting, matrix_of
from isomargin.sweep.matrix_words import findings
from tests.sweep.made_results import grid_results

AXES = {"crash": ["may", "june"], "policy": ["full", "half"], "tiers": ["wide", "tight"]}
TITLES = {"may": "In May", "june": "In June"}
BY_KEY = {measure.key: measure for measure in MEASURES}
BAD_DEBT = BY_KEY["bad_debt"]
LOSSES = {"june": 1_000, "half": -100, "tight": -600}


def loss(setting, common, own) -> float:
    """700 in May and 1,700 in June; half of it less 100, tight less 600; and 10 more with each seed."""
    found = 700 + sum(LOSSES.get(name, 0) for name in setting.values())
    return found + 10 * round(common)  # the same for every setting


@pytest.fixture(scope="module")
def table():
    return grid_results(AXES, 3, loss)


@pytest.fixture(scope="module")
def matrix(table) -> Matrix:
    return matrix_of(table, "crash", "policy", "tiers")


def seeds_more(matrix: Matrix) -> float:
    return matrix.spread("may", Setting("full", "wide"), BAD_DEBT).mean - 700


def test_matrix_of__three_choices__has_each_run_in_its_cell(matrix: Matrix):
    assert (matrix.events, matrix.rows, matrix.columns) == (
        ("may", "june"), ("full", "half"), ("wide", "tight")
    )  # fmt: skip
    assert matrix.runs == 24
    assert {tuple(cell.runs) for cell in matrix.cells.values()} == {(1, 2, 3)}
    for (event, setting), cell in matrix.cells.items():
        for run in cell.runs.values():
            told = (run["parameter.crash"], run["parameter.policy"], run["parameter.tiers"])
            assert told == (event, setting.row, setting.column)


def test_spread__over_the_seeds__is_their_mean_and_ends(matrix: Matrix):
    more = seeds_more(matrix)
    spread = matrix.spread("june", Setting("half", "tight"), BAD_DEBT)
    assert spread.mean == pytest.approx(1_000 + more)
    assert spread.low <= spread.mean <= spread.high
    assert spread.high - spread.low == pytest.approx(
        max(matrix.cells["may", Setting("full", "wide")].values(BAD_DEBT).values())
        - min(matrix.cells["may", Setting("full", "wide")].values(BAD_DEBT).values())
    )


def test_mean__over_cells__counts_each_once(matrix: Matrix):
    more = seeds_more(matrix)
    assert matrix.mean(BAD_DEBT, event="june", column="wide") == pytest.approx(1_650 + more)
    assert matrix.mean(BAD_DEBT, row="full") == pytest.approx((700 + 100 + 1_700 + 1_100) / 4 + more)


def test_best__by_measure__is_the_lowest_or_highest_mean(matrix: Matrix):
    assert matrix.best("june", BAD_DEBT) == {Setting("half", "tight")}
    assert matrix.best("june", BY_KEY["keeper_profit"]) == {
        Setting("full", "wide")
    }  # 20 and a 50th of the loss
    assert matrix.best("june", BY_KEY["opened"]) == frozenset()  # neither good nor bad
    assert matrix.best("june", BY_KEY["share_bankrupt"]) == frozenset()  # all alike


def test_matrix_of__failed_runs__are_left_out_and_counted():
    table = grid_results(AXES, 3, loss, failed=[0, 1, 2, 5])
    matrix = matrix_of(table, "crash", "policy", "tiers")
    assert (matrix.runs, matrix.failed) == (20, 4)
    assert math.isnan(matrix.spread("may", Setting("full", "wide"), BAD_DEBT).mean)
    assert matrix.best("may", BAD_DEBT) == {Setting("half", "tight")}
    assert "; 4 did not come to an end and are left out" in said(matrix)


def test_matrix_of__other_parameters__are_refused(table):
    with pytest.raises(InputError, match="a parameter 'engine', found none"):
        matrix_of(table, "engine", "policy", "tiers")


def said(matrix: Matrix) -> str:
    return " ".join(findings(matrix, TITLES, "USD", "policy", "tiers"))


def test_findings__made_up_case__say_what_was_made_up(matrix: Matrix):
    text = said(matrix)
    assert "Bad debt depends more on tiers than on policy" in text
    assert "In June costs most" in text
    assert "In no run is a position left below maintenance at the end." in text
    assert "Bad debt is least under half with tight, in each of the 2 cases." in text
    assert "half leaves less bad debt than full in 12 of 12 pairs of runs, more in 0;" in text
    assert "the mean difference is 100.00 USD." in text
    assert "No invariant broke in any of the 24 runs." in text


def test_findings__positions_that_nobody_took__are_told(table):
    missed = [0] * 24
    missed[13], missed[17] = 3, 8  # June: full with wide, and with tight
    place = table.schema.get_field_index("missed")
    changed = table.set_column(place, "missed", pa.array(missed, pa.int64()))
    text = said(matrix_of(changed, "crash", "policy", "tiers"))
    assert "In 2 of 24 runs positions stand below maintenance at the end, taken by nobody, up to 8" in text
    assert "(In June, full with tight)" in text


def test_findings__reversed_case__say_the_reverse():
    def reversed_loss(setting, common, own) -> float:
        return (
            700
            + {"may": 500, "half": 400, "tight": 90}.get(setting["crash"], 0)
            + ({"half": 400}.get(setting["policy"], 0) + {"tight": 90}.get(setting["tiers"], 0))
        )

    text = said(matrix_of(grid_results(AXES, 2, reversed_loss), "crash", "policy", "tiers"))
    assert "Bad debt depends more on policy than on tiers" in text
    assert "In May costs most" in text
    assert "Bad debt is least under full with wide" in text
    assert "full leaves less bad debt than half in 8 of 8 pairs of runs" in text


def test_findings__nothing_played__say_so():
    matrix = matrix_of(grid_results(AXES, 1, loss, failed=range(8)), "crash", "policy", "tiers")
    assert findings(matrix, TITLES, "USD", "policy", "tiers") == ["No run came to an end."]
