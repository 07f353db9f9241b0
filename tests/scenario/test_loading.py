"""Loading a scenario: defaults, overrides, and the files that are no scenario at all."""

import re
from pathlib import Path

import pytest

from isomargin.errors import PriceDataError
from isomargin.scenario import Scenario, load_scenario, scenario_from
from isomargin.units import WAD
from tests.scenario.files import SMALLEST, refusal_of, write

CANDLES = "time,open,high,low,close\n2020-03-12,10,12,9,11\n2020-03-13,11,13,10,12\n"


def test_load__prices_alone__runs_on_defaults(tmp_path):
    scenario = load_scenario(write(tmp_path, SMALLEST))

    assert scenario.name == "crash"
    assert scenario.seed == 0
    assert [point.price for point in scenario.price_path()] == [100 * WAD, 101 * WAD, 99 * WAD]
    assert scenario.price_path().intervals == (3_600, 3_600)


def test_load__numbers_as_text_and_as_numbers__are_the_same(tmp_path):
    plain = load_scenario(write(tmp_path, SMALLEST + "[risk]\nliquidation_fee_ratio = 0.0031\n"))
    quoted = load_scenario(write(tmp_path, SMALLEST + '[risk]\nliquidation_fee_ratio = "0.0031"\n'))

    assert plain.model_dump() == quoted.model_dump()
    assert plain.risk.liquidation_fee_ratio == 31 * 10**14


def test_load__byte_order_mark_and_windows_lines__are_accepted(tmp_path):
    file = write(tmp_path, b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())

    assert load_scenario(file).price_path().first_price == 100 * WAD


def test_load__seed_given__replaces_the_files(tmp_path):
    file = write(tmp_path, "seed = 5\n[prices.gbm]\nstart_price = 100\n")

    assert load_scenario(file).seed == 5
    assert load_scenario(file, seed=6).seed == 6
    assert load_scenario(file, seed=6).price_path() != load_scenario(file).price_path()
    assert load_scenario(file, seed=5).price_path() == load_scenario(file).price_path()


def test_load__relative_price_file__is_beside_the_scenario(tmp_path):
    write(tmp_path, CANDLES, "eth.csv")

    path = load_scenario(write(tmp_path, '[prices]\nfile = "eth.csv"\n')).price_path()

    assert [point.price // WAD for point in path] == [10, 9, 12, 11, 11, 10, 13, 12]


def test_load__price_option__replaces_the_source_and_keeps_the_order(tmp_path, monkeypatch):
    write(tmp_path, CANDLES, "eth.csv")
    file = write(tmp_path, '[prices]\ncandle_order = "ohlc"\nstep = 60\nvalues = [1]\nstart = 2020-01-01\n')
    monkeypatch.chdir(tmp_path)

    for given in ("eth.csv", Path("eth.csv"), tmp_path / "eth.csv"):
        path = load_scenario(file, prices=given).price_path()
        assert [point.price // WAD for point in path][:4] == [10, 12, 9, 11]


def test_load__price_option__serves_a_scenario_without_prices(tmp_path):
    candles = write(tmp_path, CANDLES, "eth.csv")

    assert load_scenario(write(tmp_path, ""), prices=candles).price_path().first_price == 10 * WAD


def test_load__price_option_with_a_bad_file__names_that_file(tmp_path):
    candles = write(tmp_path, CANDLES.replace("13,10", "13,0"), "eth.csv")
    file = write(tmp_path, SMALLEST)

    error = refusal_of(load_scenario, file, prices=candles)

    assert isinstance(error, PriceDataError)
    assert str(error) == f"{candles}:3: low: expected a price above zero, found '0'"


def test_load__price_option_missing__says_so(tmp_path):
    error = refusal_of(load_scenario, write(tmp_path, SMALLEST), prices=tmp_path / "no.csv")

    assert str(error) == f"{tmp_path / 'no.csv'}: no such file"


def test_load__price_file_of_the_scenario_missing__names_it(tmp_path):
    file = write(tmp_path, '[prices]\nfile = "no.csv"\n')

    assert str(refusal_of(load_scenario, file)) == f"{tmp_path / 'no.csv'}: no such file"


@pytest.mark.parametrize(
    ("name", "message"),
    [("no.toml", ": no such file"), ("", ": expected a scenario file, found a directory")],
)
def test_load__no_file__says_so(tmp_path, name, message):
    assert str(refusal_of(load_scenario, tmp_path / name)) == f"{tmp_path / name}{message}"


def test_load__negative_seed__is_refused_with_its_key(tmp_path):
    error = refusal_of(load_scenario, write(tmp_path, SMALLEST), seed=-1)

    assert re.search(r"seed: expected a whole number from 0 to \d+, found -1$", str(error))


def test_from_python__nested_mappings__give_the_same_scenario(tmp_path):
    built = scenario_from({"name": "crash", "prices": {"values": ["100", 101, 99.0]}})

    assert built.model_dump()["prices"].pop("values") == ("100", 101, 99.0)
    assert built.price_path() == load_scenario(write(tmp_path, SMALLEST)).price_path()
    assert isinstance(built, Scenario)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"prices": {"values": [0]}}, "prices.values[0]: expected a price above zero, found '0'"),
        ({"prices": {"valeus": [1]}}, 'prices.valeus: unknown key; did you mean "values"?'),
        (
            {"prices": {"values": [1, 2]}, "oracle": {"max_age": 1}},
            "oracle.max_age: expected at least the 3600 s",
        ),
        (5, "expected a table, found 5"),
    ],
)
def test_from_python__wrong__names_the_key_on_one_line(document, message):
    assert str(refusal_of(scenario_from, document)).startswith(message)
