"""A series of gas prices beside the scenario: whose times count, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from isomargin.errors import PriceDataError, ScenarioError
from isomargin.scenario import load_scenario
from tests.scenario.files import refusal_of, write

GWEI = 10**9
START = 1_583_992_800  # 2020-03-12T06:00:00Z
SERIES = "time_utc,avg_gwei,p90_gwei\n2020-03-12T06:00:00Z,10,40\n2020-03-12T07:30:00Z,200,900\n"
SCENARIO = '[prices]\nvalues = [100, 90, 80]\nstart = 2020-03-12T06:00:00Z\n[gas]\nfile = "gas.csv"\n'
DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def beside(tmp_path):
    """Writes the scenario and the series into one folder that is not where the tests run."""

    def write_both(scenario=SCENARIO, series=SERIES):
        write(tmp_path, series, "gas.csv")
        return write(tmp_path, scenario)

    return write_both


@pytest.mark.parametrize(("after", "gwei"), [(-86_400, 10), (0, 10), (5_399, 10), (5_400, 200), (10**6, 200)])
def test_gas_price__file__is_that_of_its_times(beside, after, gwei):
    assert load_scenario(beside()).gas_price(START + after) == gwei * GWEI


def test_gas_price__column__is_the_one_that_is_named(beside):
    assert load_scenario(beside(SCENARIO + 'column = "p90_gwei"\n')).gas_price(START) == 40 * GWEI


def test_gas_price__other_prices__leave_the_file_where_the_scenario_is(beside, tmp_path):
    candles = "time_utc,high,low,close\n2020-03-12T07:00:00Z,9,8,8\n2020-03-12T08:00:00Z,9,8,8\n"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = write(elsewhere, candles, "candles.csv")

    assert load_scenario(beside(), prices=other).gas_price(START + 7_200) == 200 * GWEI


def test_gas_price__schedule__counts_from_the_first_price(beside):
    scheduled = load_scenario(beside(SCENARIO.replace('file = "gas.csv"', "schedule = [[0, 3], [1, 4]]")))

    assert [scheduled.gas_price(START + after) // GWEI for after in (0, 3_599, 3_600)] == [3, 3, 4]


def test_load__series_of_another_day__is_refused_with_both_times(beside):
    file = beside(series=SERIES.replace("03-12", "03-13"))
    error = refusal_of(load_scenario, file)

    assert isinstance(error, ScenarioError)
    assert str(error) == (
        f"{file}:5: gas.file: expected gas prices from the time of the prices, 2020-03-12T06:00:00Z to "
        "2020-03-12T08:00:00Z, found 2020-03-13T06:00:00Z to 2020-03-13T07:30:00Z"
    )


def test_load__series_that_is_missing_or_wrong__names_its_file(beside, tmp_path):
    missing = refusal_of(load_scenario, write(tmp_path, SCENARIO))
    wrong = refusal_of(load_scenario, beside(series=SERIES.replace("200", "dear")))

    assert (type(missing), type(wrong)) == (PriceDataError, PriceDataError)
    assert str(missing) == f"{tmp_path / 'gas.csv'}: no such file"
    assert str(wrong).startswith(f"{tmp_path / 'gas.csv'}:3: avg_gwei: expected a gas price in gwei")


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("price = 5\n", ":5: gas.file: expected either price or file, found both"),
        ("schedule = [[0, 5]]\n", ":5: gas.file: expected either schedule or file, found both"),
    ],
)
def test_load__file_and_another_source__is_refused(beside, addition, message):
    file = beside(SCENARIO + addition)
    assert str(refusal_of(load_scenario, file)) == f"{file}{message}"


def test_load__column_without_a_file__is_refused(beside):
    file = beside(SCENARIO.replace('file = "gas.csv"', 'column = "p90_gwei"'))
    assert str(refusal_of(load_scenario, file)) == f"{file}:5: gas.column: belongs to file, found none"


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no market data in {DATA}")
def test_gas_price__12_march_2020__is_dear_when_the_price_falls(tmp_path):
    """The average transaction paid 9.9 gwei at midnight, and 54.368 from 10:10 to 10:20."""
    prices, gas = DATA / "ethusd_10m_2020-03-12.csv", DATA / "gas_10m_2020-03-12.csv"
    file = write(tmp_path, f'[prices]\nfile = "{prices}"\n[gas]\nfile = "{gas}"\n')
    scenario = load_scenario(file)

    midnight = scenario.price_path().start
    assert scenario.gas_price(midnight) == 9_900_000_000
    assert scenario.gas_price(midnight + 10 * 3_600 + 900) == 54_368_000_000
