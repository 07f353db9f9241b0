"""The example scenario: the public figures, the published table, and a fit to any candles."""

import csv
from decimal import ROUND_UP, Decimal
from pathlib import Path

import pytest

from isomargin.scenario import load_scenario
from isomargin.units import WAD, from_wad, to_wad

EXAMPLE = Path(__file__).parents[2] / "examples" / "black_thursday.toml"
DATA = Path(__file__).parents[3] / "shared" / "data"
CANDLE_FILES = sorted(DATA.glob("*usd*_*m_*.csv")) + sorted(DATA.glob("*usd*_1h_*.csv"))
needs_data = pytest.mark.skipif(not CANDLE_FILES, reason=f"REAL MARKET DATA NOT TESTED: none in {DATA}")


def crowd(scenario):
    return scenario.draw_traders(str, scenario.risk_table().initial)


@pytest.fixture(scope="module")
def scenario():
    return load_scenario(EXAMPLE)


def test_prices__31_hours__are_four_prices_each(scenario):
    path = scenario.price_path()

    assert len(path) == 4 * 31
    assert set(path.intervals) == {900}
    assert [from_wad(point.price) for point in path][:4] == ["173.8", "172", "181.82", "173.8"]
    assert [from_wad(point.price) for point in path][80:84] == ["96.62", "86", "120.2", "111.12"]
    assert from_wad(path[-1].price) == "129.26"
    assert min(point.price for point in path) == 86 * WAD


def test_prices__each_round__passes_the_oracle(scenario):
    path, guards = scenario.price_path(), scenario.oracle.guards(scenario.price_path())

    assert all(guards.min_price < point.price < guards.max_price for point in path)
    moves = [
        abs(later.price - earlier.price) / earlier.price
        for earlier, later in zip(path, path.points[1:], strict=False)
    ]
    assert 0.39 < max(moves) < guards.max_deviation / WAD
    assert max(path.intervals) <= guards.max_age


def test_people__crowd__is_240_with_leverage_from_2_to_50(scenario):
    traders = crowd(scenario)

    assert len(traders) == 240
    assert all(2 * WAD <= trader.leverage <= 50 * WAD for trader in traders)
    assert max(trader.leverage for trader in traders) > 40 * WAD
    assert {trader.is_long for trader in traders} == {True, False}
    assert max(trader.opens_at for trader in traders) < 8
    assert len(scenario.keepers) == 2
    assert len({(keeper.min_profit, keeper.latency) for keeper in scenario.keepers}) == 2


def test_pool__deposit__outlasts_the_best_case_of_all_shorts(scenario):
    """Even if every short gained from the first price to the lowest and every long lost nothing."""
    path = scenario.price_path()
    shorts = sum(trader.notional for trader in crowd(scenario) if not trader.is_long)
    deposits = sum(provider.deposit for provider in scenario.pool.providers)
    reserved = max(
        sum(trader.notional for trader in crowd(scenario) if trader.is_long is side) for side in (True, False)
    )

    assert shorts * (path.first_price - 86 * WAD) // path.first_price < deposits
    assert reserved * scenario.market.reserve_ratio // WAD < deposits
    assert reserved < scenario.market.max_open_interest


def test_gas__31_hours__is_between_40_and_200_gwei(scenario):
    prices = {
        scenario.gas.gas_price(point.timestamp - scenario.price_path().start)
        for point in scenario.price_path()
    }

    assert (min(prices), max(prices)) == (40 * 10**9, 200 * 10**9)


@needs_data
def test_brackets__published_table__is_retyped_with_its_deductions(scenario):
    with (DATA / "binance_usdm_leverage_tiers.csv").open() as file:
        published = [row for row in csv.DictReader(file) if row["symbol"] == "ETH/USDT"]
    table = scenario.risk.table()

    for bracket, row in zip(table.brackets, published, strict=True):
        assert bracket.notional_floor == to_wad(row["min_notional_usdt"])
        assert bracket.mmr == to_wad(row["maintenance_margin_rate"])
        exact = 1 / Decimal(row["max_leverage"])
        assert bracket.imr == to_wad(exact.quantize(Decimal("1e-18"), rounding=ROUND_UP))
    assert table.max_notional == to_wad(published[-1]["max_notional_usdt"])
    assert list(table.deductions()) == [to_wad(row["cum_maintenance_deduction"]) for row in published]


@needs_data
@pytest.mark.parametrize("file", CANDLE_FILES, ids=lambda path: path.name)
def test_price_option__each_real_file__fits_the_example(file):
    scenario = load_scenario(EXAMPLE, prices=file)
    guards = scenario.oracle.guards(scenario.price_path())

    moves = [
        abs(later.price - earlier.price) * WAD // earlier.price
        for earlier, later in zip(scenario.price_path(), scenario.price_path().points[1:], strict=False)
    ]
    assert max(moves) < guards.max_deviation
    assert max(scenario.price_path().intervals) <= guards.max_age
