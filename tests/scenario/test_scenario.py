"""What a scenario comes to: the integers for the contracts, the people, the costs; figures by hand."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isomargin.agents import Behaviour, LiquidityProvider
from isomargin.errors import PriceDataError, ScenarioError
from isomargin.model import Adjustment, Bracket, Parameters, RiskTable
from isomargin.scenario import scenario_from
from isomargin.units import WAD, from_wad

GWEI = 10**9


def scenario(prices=(200, 201), **sections):
    return scenario_from({"prices": {"values": list(prices)}, **sections})


def test_parameters__quote_caps__become_base_at_the_first_price():
    market = {
        "trade_fee_ratio": "0.0005",
        "keeper_share": "0.6",
        "skew_scale": 1_000_000,
        "max_open_interest": 500_000,
        "max_skew": 250_000,
        "min_notional": 50,
        "keeper_reserve": "2.5",
        "max_funding_rate": "0.02",
        "reserve_ratio": "0.25",
    }

    assert scenario(market=market).market.parameters(200 * WAD, 6) == Parameters(
        trade_fee_ratio=5 * 10**14,
        keeper_share=6 * 10**17,
        max_funding_rate=2 * 10**16,
        reserve_ratio=25 * 10**16,
        skew_scale=5_000 * WAD,
        max_open_interest=2_500 * WAD,
        max_skew=1_250 * WAD,
        min_notional=50 * WAD,
        keeper_reserve=2_500_000,
    )


@pytest.mark.parametrize(
    ("chosen", "rate", "velocity"),
    [
        ({}, 10**16, 0),
        ({"funding": "velocity", "max_funding_velocity": "0.5"}, 10**16, 5 * 10**17),
        ({"funding": "none"}, 0, 0),
    ],
)
def test_parameters__funding_mode__is_told_by_the_figures(chosen, rate, velocity):
    parameters = scenario(market={**chosen, "adl_threshold": "0.5"}).market.parameters(200 * WAD, 6)
    assert (parameters.max_funding_rate, parameters.max_funding_velocity) == (rate, velocity)
    assert parameters.adl_threshold == 5 * 10**17


@given(st.integers(2 * 10**16, 10**24), st.sampled_from([0, 6, 18]))
def test_parameters__any_first_price__keep_the_order_that_the_market_asks_for(first_price, decimals):
    parameters = scenario().market.parameters(first_price, decimals)

    assert 0 < parameters.max_skew <= parameters.max_open_interest < parameters.skew_scale < 2**96


@pytest.mark.parametrize("price", ["0.000001", "79000000000"])
def test_parameters__market_that_cannot_hold_the_base__is_refused_with_figures(price):
    market = {"skew_scale": "0.0000000001", "max_open_interest": "0.00000000005", "max_skew": "0.00000000001"}
    with pytest.raises(ScenarioError, match=rf"market.skew_scale: .*{price}"):
        scenario([price], market=market if price == "79000000000" else {})


def test_oracle_guards__ratios__are_prices_around_the_first():
    chosen = {"max_age": 7_200, "min_ratio": "0.5", "max_ratio": 2, "max_deviation": "0.25"}
    built = scenario(oracle={**chosen, "grace_period": 600})

    guards = built.oracle.guards(built.price_path())

    assert dataclasses.astuple(guards) == (7_200, 100 * WAD, 400 * WAD, WAD // 4, 600)


def test_risk_table__the_section__is_the_models_table():
    risk = {
        "brackets": [
            {"notional_floor": 0, "imr": "0.1", "mmr": "0.05"},
            {"notional_floor": 1_000, "imr": "0.2", "mmr": "0.1"},
        ],
        "max_notional": 2_000_000,
        "liquidation_fee_ratio": "0.01",
        "call_ratio": "1.5",
        "max_move": "0.04",
    }

    assert scenario(risk=risk).risk_table() == RiskTable(
        brackets=(Bracket(0, WAD // 10, WAD // 20), Bracket(1_000 * WAD, WAD // 5, WAD // 10)),
        max_notional=2_000_000 * WAD,
        liquidation_fee_ratio=WAD // 100,
        max_move=4 * WAD // 100,
        call_ratio=15 * WAD // 10,
    )


def test_as_parameters__amounts_and_times__are_the_texts_of_a_file():
    parameters = scenario_from(
        {
            "prices": {"values": [200], "start": 1_583_992_800},
            "market": {"min_notional": "12.50"},
            "traders": {"take_profit": 2, "long_share": "0.5"},
            "gas": {"ether_price": "1999.9", "schedule": [[0, "1.5"]]},
        }
    ).as_parameters()

    assert json.loads(json.dumps(parameters)) == parameters
    assert parameters["prices"]["start"] == "2020-03-12T06:00:00Z"
    assert parameters["market"]["min_notional"] == "12.5"
    assert parameters["market"]["skew_scale"] == "1000000000"
    assert parameters["traders"]["take_profit"] == "2"
    assert parameters["traders"]["stop_loss"] is None
    assert parameters["traders"]["long_share"] == 0.5
    assert parameters["traders"]["leverage"] == {"min": "2", "max": "50"}
    assert parameters["gas"]["ether_price"] == "1999.9"
    assert parameters["gas"]["schedule"] == [{"hour": "0", "gwei": "1.5"}]
    assert parameters["chain"]["block_time"] == 12


@pytest.mark.parametrize("ether_price", ["index", "1999.9"])
def test_as_parameters__read_again__are_the_same_scenario(ether_price):
    built = scenario(gas={"ether_price": ether_price}, traders={"stop_loss": "0.25"}, seed=3)
    parameters = built.as_parameters()
    parameters["prices"] = {"values": [200, 201]}  # columns beside values would be refused
    del parameters["gas"]["price" if built.gas.schedule else "schedule"]

    assert scenario_from(parameters).as_parameters() == built.as_parameters()


@pytest.mark.parametrize(
    ("step", "max_age"), [(60, 3_600), (1_800, 3_600), (3_600, 7_200), (86_400, 172_800)]
)
def test_oracle__no_max_age__is_twice_the_step_and_at_least_an_hour(step, max_age):
    built = scenario_from({"prices": {"values": [1, 2], "step": step}})

    assert built.oracle.guards(built.price_path()).max_age == max_age


def test_oracle__price_near_the_bound__keeps_the_bounds_below_it():
    built = scenario(["79000000000"], market={"skew_scale": 10**15})
    guards = built.oracle.guards(built.price_path())

    assert guards.max_price == 2**96 - 1
    assert guards.min_price == 790_000_000 * WAD


def test_gas__flat_price__is_in_wei():
    assert scenario(gas={"price": "0.5"}).gas.gas_price(10**6) == GWEI // 2


@pytest.mark.parametrize(
    ("elapsed", "gwei"), [(-5, 10), (0, 10), (3_600, 10), (5_399, 10), (5_400, 40), (7_199, 40), (10**6, 200)]
)
def test_gas__schedule__holds_each_row_until_the_next(elapsed, gwei):
    gas = scenario(gas={"schedule": [[1, 10], ["1.5", 40], {"hour": 2, "gwei": 200}]}).gas

    assert gas.gas_price(elapsed) == gwei * GWEI


def test_gas_cost__price_of_ether__is_given_or_the_markets_own():
    wei = 150_000 * 100 * GWEI  # 0.015 ether

    assert scenario(gas={"ether_price": "2000.5"}).gas.cost(wei, 100 * WAD) == 30_007_500 * WAD // 10**6
    assert scenario(gas={"ether_price": "index"}).gas.cost(wei, 100 * WAD) == 3 * WAD // 2
    assert scenario(gas={"ether_price": "index"}).gas.cost(1, 1) == 1  # up: a cost is never nothing


def test_traders__traits__are_those_of_the_file():
    traits = scenario(
        traders={
            "count": 7,
            "notional": {"min": 500, "max": 600},
            "leverage": {"min": "2.5", "max": 3},
            "long_share": "0.25",
            "open_over": 3,
            "close_probability": "0.125",
            "take_profit": 2,
            "stop_loss": "0.5",
            "top_up": {"share": 1, "below": "0.4", "amount": "1.5"},
            "slippage": "0.02",
            "deadline": 99,
        }
    ).traders.traits()

    assert (traits.count, traits.open_over, traits.long_share, traits.top_up_share) == (7, 3, 0.25, 1.0)
    assert (traits.min_notional, traits.max_notional) == (500 * WAD, 600 * WAD)
    assert (traits.min_leverage, traits.max_leverage) == (5 * WAD // 2, 3 * WAD)
    assert traits.behaviour == Behaviour(
        close_probability=0.125,
        take_profit=2 * WAD,
        stop_loss=WAD // 2,
        top_up_below=4 * WAD // 10,
        top_up_amount=3 * WAD // 2,
        slippage=WAD // 50,
        deadline=99,
    )


def test_draw_traders__leverage_of_the_file__is_cut_to_what_the_table_asks_for():
    built = scenario(
        risk={"brackets": [{"notional_floor": 0, "imr": "0.1", "mmr": "0.05"}]},
        market={"trade_fee_ratio": "0.01"},
        traders={"count": 30, "leverage": {"min": 40, "max": 50}, "cushion": "0.5", "slippage": "0.04"},
    )

    crowd = built.draw_traders(str.upper, built.risk_table().initial)

    # 0.1 x 1.5 of initial margin, 0.01 of fee, 0.04 of slippage: one fifth, to the rounding
    assert {round(trader.leverage / WAD, 12) for trader in crowd} == {5.0}
    assert all(trader.account == trader.name.upper() for trader in crowd)


def test_draw_traders__same_seed__is_the_same_crowd():
    def crowd(seed):
        return scenario(seed=seed).draw_traders(str, lambda notional: 0)

    assert crowd(1) == crowd(1)
    assert crowd(1) != crowd(2)


def test_random__streams__are_independent_and_repeat():
    built = scenario(seed=3)

    assert built.random("traders").random() == built.random("traders").random()
    assert built.random("traders").random() != built.random("blocks").random()
    assert built.random("traders").random() != scenario(seed=4).random("traders").random()


def test_providers__amounts__are_in_token_units():
    built = scenario(
        pool={
            "cooldown": 60,
            "withdrawal_window": 7_200,
            "providers": [
                {"name": "a", "deposit": "1.5"},
                {"name": "b", "withdraws_at": 4, "withdraw_share": "0.5"},
            ],
        }
    )

    assert built.liquidity_providers(str.upper) == [
        LiquidityProvider("a", "A", 1_500_000, None, WAD, 60, 7_200),
        LiquidityProvider("b", "B", 20_000_000_000_000, 4, WAD // 2, 60, 7_200),
    ]


def test_rows__without_time__start_and_step_of_the_section():
    path = scenario_from(
        {
            "prices": {
                "rows": [["10", "12", "9", "11"], [11, 13, 10, 12]],
                "columns": ["open", "high", "low", "close"],
                "start": "2020-03-12T06:00:00Z",
                "step": 400,
                "candle_order": "ohlc",
            }
        }
    ).price_path()

    assert (path.start, set(path.intervals)) == (1_583_992_800, {100})
    assert [from_wad(point.price) for point in path] == ["10", "12", "9", "11", "11", "13", "10", "12"]


@pytest.mark.parametrize(
    "walk",
    [
        {"gbm": {"start_price": "0.2", "drift": "0.1", "steps": 5}},
        {"merton": {"start_price": "0.2", "jump_rate": "10_000", "jump_deviation": "0.1", "steps": 5}},
        {"heston": {"start_price": "0.2", "correlation": "-0.5", "steps": 5}},
    ],
    ids=lambda walk: next(iter(walk)),
)
def test_walk__same_seed__is_the_same_path_and_another_is_not(walk):
    def path(seed):
        return scenario_from({"seed": seed, "prices": {"step": 600, **walk}}).price_path()

    assert path(1) == path(1)
    assert path(1) != path(2)
    assert (len(path(1)), path(1).first_price, set(path(1).intervals)) == (6, WAD // 5, {600})


CANDLES = {"rows": [[3, 1, 2], [4, 2, 3], [3, 2, 2]], "columns": ["high", "low", "close"]}


def test_bootstrap__same_seed__is_the_same_path_and_another_is_not():
    def path(seed):
        prices = {"step": 600, "bootstrap": {**CANDLES, "start_price": 8, "steps": 5}}
        return scenario_from({"seed": seed, "prices": prices}).price_path()

    assert path(1) == path(1)
    assert path(1) != path(2)
    assert (len(path(1)), set(path(1).intervals)) == (20, {150})


def test_bootstrap__no_start_price__begins_at_the_first_of_its_source():
    rows = {"rows": [[4, 4, 4]], "columns": ["high", "low", "close"], "steps": 1}

    assert scenario_from({"prices": {"bootstrap": rows}}).price_path().first_price == 4 * WAD


def test_bootstrap__order_of_candles__is_that_of_the_prices():
    def second(order):
        prices = {"candle_order": order, "bootstrap": CANDLES}
        return scenario_from({"prices": prices}).price_path()[1].price

    assert second("olhc") < second("ohlc")


def test_bootstrap__file_of_candles__keeps_their_step_and_refuses_another(tmp_path):
    (tmp_path / "p.csv").write_text("time,high,low,close\n2021-01-01T00:00Z,3,1,2\n2021-01-01T00:20Z,3,1,2\n")
    bootstrap = {"file": "p.csv", "steps": 3}

    path = scenario_from({"prices": {"bootstrap": bootstrap}}, folder=tmp_path).price_path()
    same = scenario_from({"prices": {"step": 1_200, "bootstrap": bootstrap}}, folder=tmp_path).price_path()

    assert (len(path), set(path.intervals)) == (12, {300})
    assert same == path
    with pytest.raises(
        PriceDataError, match=r"^prices\.step: expected the 1200 s of the candles in p\.csv, found 60$"
    ):
        scenario_from({"prices": {"step": 60, "bootstrap": bootstrap}}, folder=tmp_path)


def test_bootstrap__no_such_file__is_named():
    with pytest.raises(PriceDataError, match=r"^nowhere\.csv: no such file$"):
        scenario_from({"prices": {"bootstrap": {"file": "nowhere.csv"}}})


def test_adjustment__by_default__multiplies_nothing():
    assert scenario().risk.adjustment.terms() == Adjustment()
    assert Adjustment().target(9 * WAD) == WAD


def test_adjustment__human_numbers__become_the_terms_of_the_risk_engine():
    adjustment = {
        "volatility_reference": "0.04",
        "volatility_memory": 7_200,
        "volatility_cap": 2,
        "system_multiplier": 1.5,
        "max_multiplier": 2.5,
        "ramp_seconds": 600,
    }

    assert scenario(risk={"adjustment": adjustment}).risk.adjustment.terms() == Adjustment(
        volatility_reference=4 * 10**16,
        volatility_memory=7_200,
        volatility_cap=2 * WAD,
        system_multiplier=15 * 10**17,
        max_multiplier=25 * 10**17,
        ramp_seconds=600,
    )
