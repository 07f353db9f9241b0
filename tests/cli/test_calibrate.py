"""`isomargin calibrate`: what it prints is what a scenario or a sweep takes; bad candles are one line."""

import json
import math
import tomllib
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from isomargin.prices import HestonModel
from isomargin.prices.stochastic_volatility import heston_moves
from isomargin.scenario import load_scenario, scenario_from

DATA = Path(__file__).parents[3] / "shared" / "data"
REAL = sorted(DATA.glob("*usd*_*m_*.csv")) + sorted(DATA.glob("*usdt_1h_*.csv"))
MODELS = ["gbm", "merton", "heston", "bootstrap"]


@pytest.fixture(scope="module")
def candles(tmp_path_factory):
    """A month of hourly candles of clustered volatility."""
    model = HestonModel(0.0, 0.8, 0.8, 200.0, 12.0, -0.5)
    moves, _ = heston_moves(np.random.default_rng(4), model, interval=1 / 8_760, steps=720)
    closes = np.round(200 * np.exp(np.cumsum(moves)), 4).tolist()
    rows = [
        f"{1_600_000_000 // 3600 * 3600 + hour * 3600},{close + 1:.4f},{close - 1:.4f},{close:.4f}"
        for hour, close in enumerate(closes)
    ]
    file = tmp_path_factory.mktemp("candles") / "month.csv"
    file.write_text("time,high,low,close\n" + "\n".join(rows) + "\n")
    return file


@pytest.mark.parametrize("model", MODELS)
def test_calibrate__one_model__prints_the_prices_of_a_scenario(command, candles, model):
    ended = command("calibrate", candles, "--model", model)
    document = tomllib.loads(ended.out, parse_float=Decimal)

    assert (ended.code, ended.err) == (0, "")
    assert list(document) == ["prices"]
    assert list(document["prices"]) == ["step", model]
    path = scenario_from(document).price_path()
    assert set(path.intervals) == ({900} if model == "bootstrap" else {3_600})
    assert len(path) == (4 * 720 if model == "bootstrap" else 720)


def test_calibrate__all_models__prints_choices_for_a_sweep(command, candles):
    ended = command("calibrate", candles)
    document = tomllib.loads(ended.out, parse_float=Decimal)

    assert (ended.code, ended.err) == (0, "")
    [parameter] = document["parameters"]
    assert parameter["name"] == "prices"
    assert list(parameter["choices"]) == MODELS
    for choice in parameter["choices"].values():
        assert scenario_from(choice).price_path().first_price > 0


def test_calibrate__figures__have_their_errors_and_a_line_that_compares(command, candles):
    ended = command("calibrate", candles, "--model", "merton")
    figures = json.loads(command("calibrate", candles, "--model", "merton", "--json").out)["models"]
    merton = figures["merton"]

    volatility = merton["parameters"]["volatility"]
    assert f"volatility = {volatility['value']:.6g}  # +- {volatility['error']:.2g}\n" in ended.out
    compared = ended.out.splitlines()[-1]
    assert compared.startswith("# AIC, the lower the better: ")
    for name in ("gbm", "merton"):
        assert f"{name} {figures[name]['aic']:.1f} (log-likelihood" in compared


def test_calibrate__drift__is_none_unless_it_is_wanted(command, candles):
    found = json.loads(command("calibrate", candles, "--model", "gbm", "--json").out)["models"]["gbm"]
    plain, wanted = (command("calibrate", candles, "--model", "gbm", *more).out for more in ([], ["--drift"]))

    assert "drift = 0.0  # found " in plain
    drift = tomllib.loads(wanted)["prices"]["gbm"]["drift"]
    assert drift == pytest.approx(found["parameters"]["drift"]["value"], rel=1e-4)


def test_calibrate__drift_beyond_what_a_scenario_takes__is_one_line(command, tmp_path):
    file = tmp_path / "fall.csv"
    rows = [f"{1_600_000_000 + 60 * minute},9,1,{8 - minute / 10 - minute % 2}" for minute in range(30)]
    file.write_text("\n".join(["time,high,low,close", *rows]))

    ended = command("calibrate", file, "--model", "gbm", "--drift")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(
        "isomargin: --drift: expected from -100 to 100 a year, as a scenario takes it,"
    )
    assert len(ended.err.splitlines()) == 1


def test_calibrate__out__writes_what_a_scenario_beside_it_can_include(command, candles, tmp_path):
    folder = tmp_path / "scenarios"
    folder.mkdir()

    ended = command("calibrate", candles, "--model", "bootstrap", "--out", folder / "prices.toml")

    assert (ended.code, ended.out, ended.err) == (0, "", "")
    (folder / "market.toml").write_text('include = "prices.toml"\nseed = 3\n')
    assert len(load_scenario(folder / "market.toml").price_path()) == 4 * 720


def test_calibrate__out__cannot_be_written__is_one_line(command, candles, tmp_path):
    ended = command("calibrate", candles, "--model", "gbm", "--out", tmp_path)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"isomargin: cannot write {tmp_path}: ")


def test_calibrate__few_candles__leave_out_what_needs_more(command, candles, tmp_path):
    file = tmp_path / "few.csv"
    file.write_text("\n".join(candles.read_text().splitlines()[:41]))

    ended = command("calibrate", file)
    [parameter] = tomllib.loads(ended.out)["parameters"]

    assert ended.code == 0
    assert list(parameter["choices"]) == ["gbm", "bootstrap"]
    assert "# no merton: expected at least 61 candles, found 40\n" in ended.out
    assert "# no heston: expected at least 201 candles, found 40\n" in ended.out
    alone = command("calibrate", file, "--model", "heston")
    assert alone.code == 2
    assert alone.err == f"isomargin: {file}: heston: expected at least 201 candles, found 40\n"


WRONG = {
    "no column": ("time,high,low\n1,2,3\n", ": no column for close (close, c, close_price); found 'time', "),
    "empty": ("", ": expected candles, found an empty file"),
    "no price": (
        "time,high,low,close\n2021-01-01,3,1,2\n2021-01-02,3,1,x\n",
        ":3: close: expected a price, found 'x'",
    ),
    "gap": (
        "time,high,low,close\n2021-01-01,3,1,2\n2021-01-02,3,1,2\n2021-01-05,3,1,2\n",
        ":4: time: expected a candle every 86400 s, found a gap of 259200 s",
    ),
    "three candles": (
        "time,high,low,close\n2021-01-01,3,1,2\n2021-01-02,3,1,2\n2021-01-03,3,1,2\n",
        ": expected at least 4 candles, found 3\n",
    ),
    "one price": (
        "time,high,low,close\n" + "".join(f"2021-01-0{day},3,1,2\n" for day in range(1, 9)),
        ": expected prices that move, found the same close in every candle\n",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_calibrate__wrong_candles__are_one_line_and_2(command, tmp_path, case):
    content, message = WRONG[case]
    file = tmp_path / "wrong.csv"
    file.write_text(content)

    ended = command("calibrate", file)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"isomargin: {file}{message}")
    assert len(ended.err.splitlines()) == 1


def test_calibrate__no_such_file_or_model__is_one_line_and_2(command, candles, tmp_path):
    missing = command("calibrate", tmp_path / "none.csv")
    unknown = command("calibrate", candles, "--model", "garch")

    assert (missing.code, missing.err) == (2, f"isomargin: {tmp_path / 'none.csv'}: no such file\n")
    assert unknown.code == 2
    assert unknown.err == (
        "isomargin: --model: expected one of gbm, merton, heston, bootstrap, all, found 'garch'\n"
    )


@pytest.mark.skipif(not REAL, reason=f"REAL MARKET DATA NOT TESTED: no candles in {DATA}")
@pytest.mark.parametrize("file", REAL, ids=lambda file: file.stem)
def test_calibrate__real_candles__give_finite_figures_that_make_a_path(command, file):
    models = json.loads(command("calibrate", file, "--json").out)["models"]

    assert {"gbm", "merton", "bootstrap"} <= models.keys()
    for fit in models.values():
        for estimate in fit["parameters"].values():
            assert math.isfinite(estimate["value"])
            assert estimate["error"] is None or 0 <= estimate["error"] < math.inf
    # weeks around crashes: well above a quiet year's 0.5, well below a dollar that doubles daily
    assert 0.3 < models["gbm"]["parameters"]["volatility"]["value"] < 10
    # all have fat tails: jumps explain them better, for three parameters more
    assert models["merton"]["aic"] < models["gbm"]["aic"]
    assert (
        models["merton"]["parameters"]["volatility"]["value"]
        < models["gbm"]["parameters"]["volatility"]["value"]
    )
    for name in models:
        document = tomllib.loads(command("calibrate", file, "--model", name).out, parse_float=Decimal)
        assert scenario_from(document).price_path().first_price > 0
