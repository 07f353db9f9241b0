"""Funding on real contracts and in the model against its closed form, however often it is accrued."""

from fractions import Fraction

import pytest

from benchmarks.theory.funding import CADENCES, MODES, closed_form, payments, payments_of_model
from benchmarks.theory.market import LONG, SHORT, SIZES
from benchmarks.theory.page import funding_table
from isomargin.units import WAD
from tests.theory.tables import table_of

CASES = [(mode, cadence) for mode in MODES for cadence in CADENCES]
TOKEN = 10**12  # WAD of a unit of the token


@pytest.fixture(scope="module")
def charged():
    """What the contracts charge, by mode and cadence."""
    return {(mode, cadence): payments(mode, cadence) for mode, cadence in CASES}


@pytest.mark.parametrize(("mode", "cadence"), CASES)
def test_funding__contracts_and_model__charge_the_same_to_the_unit(charged, mode, cadence):
    assert charged[mode, cadence] == payments_of_model(mode, cadence)


@pytest.mark.parametrize("position", [LONG, SHORT])
@pytest.mark.parametrize(("mode", "cadence"), CASES)
def test_funding__owed__is_the_closed_form_within_its_rounding(charged, mode, cadence, position):
    found = charged[mode, cadence][position]
    exact = closed_form(mode, position) * WAD

    # the index is rounded away from zero at each accrual, by less than a unit; what is owed, once more up
    steps = found.accruals * Fraction(SIZES[position], WAD)
    low, high = sorted([Fraction(0), steps])
    assert low <= found.owed - exact < high + 1


@pytest.mark.parametrize("position", [LONG, SHORT])
@pytest.mark.parametrize(("mode", "cadence"), CASES)
def test_funding__paid_in_tokens__is_what_is_owed_within_a_unit(charged, mode, cadence, position):
    found = charged[mode, cadence][position]

    # with and without funding the payout is rounded down once
    assert abs(found.paid * TOKEN - found.owed) < TOKEN


@pytest.mark.parametrize(("mode", "cadence"), CASES)
def test_funding__both_together__never_gain_by_rounding(charged, mode, cadence):
    owed = sum(found.owed for found in charged[mode, cadence].values())

    assert owed >= (closed_form(mode, LONG) + closed_form(mode, SHORT)) * WAD


@pytest.mark.parametrize("mode", MODES)
def test_funding__amounts__are_felt(mode):
    """Otherwise nothing above would say much."""
    assert closed_form(mode, LONG) >= 6
    assert closed_form(mode, SHORT) == closed_form(mode, LONG) * SIZES[SHORT] / SIZES[LONG]


def test_page__table_of_funding__is_what_the_script_prints(charged):
    assert table_of("funding") == funding_table(charged)
