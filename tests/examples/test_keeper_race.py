"""The example of four keepers: each meets what its comment in the file says, and the ranking adds up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isomargin.record import RunRecord
from isomargin.scenario import Scenario, load_scenario
from isomargin.simulation import simulate

EXAMPLE = Path(__file__).parents[2] / "examples" / "keeper_race.toml"
HOUR = 3_600
ETHER = 10**18


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(EXAMPLE)


@pytest.fixture(scope="module")
def race(scenario: Scenario) -> RunRecord:
    pytest.importorskip("pyrevm")
    return simulate(scenario, engine="revm")


def test_race__ends__with_balanced_books_and_a_winner(race):
    summary = race.summary
    profits = [rank.profit for rank in summary.keepers]

    assert summary.invariants.violations == 0
    assert {rank.name for rank in summary.keepers} == {"swift", "shoestring", "stubborn", "late"}
    assert profits == sorted(profits, reverse=True)
    assert profits[0] > 0 > profits[-1]
    assert sum(profits) == summary.keeper.profit
    assert summary.missed == race.blocks[-1].liquidatable > 0
    assert summary.waited.most > summary.waited.median > 0


def test_race__rewards__are_those_of_the_events(race):
    liquidated = [json.loads(row.arguments) for row in race.events if row.event == "PositionLiquidated"]

    ranked = race.summary.keepers

    assert sum(rank.rewards for rank in ranked) == sum(int(each["reward"]) for each in liquidated)
    assert sum(rank.won for rank in ranked) == len(liquidated)


def test_race__shoestring__leads_until_its_ether_is_gone(race, scenario):
    rows = [row for row in race.keepers if row.keeper == "shoestring"]
    spent = sum(row.gas_cost_wei for row in rows)
    times = {row.block: row.timestamp for row in race.blocks}
    dear = scenario.gas_price(scenario.price_path().start + 6 * HOUR)
    later = [row for row in race.keepers if row.block > rows[-1].block and row.won]

    assert race.keepers[0].keeper == "shoestring"
    assert race.keepers[0].won > 0
    assert spent < scenario.keepers[0].capital == ETHER // 20
    assert ETHER // 20 - spent < 220_000 * dear * 13 // 10  # one liquidation at its bid is too much
    assert times[rows[-1].block] < scenario.price_path().start + 5 * HOUR
    assert {row.keeper for row in later} == {"swift", "stubborn"}


def test_race__swift__is_away_from_the_fourth_hour_on_and_back(race, scenario):
    start = scenario.price_path().start
    hours = {row.block: (row.timestamp - start) / HOUR for row in race.blocks}
    active = [hours[row.block] for row in race.keepers if row.keeper == "swift"]
    others = [hours[row.block] for row in race.keepers if row.keeper == "stubborn" and row.won]

    assert not [hour for hour in active if 4.01 < hour < 5.5]
    assert [hour for hour in others if 4 < hour < 5.5]
    assert min(active) < 4
    assert max(active) > 5.5


def test_race__stubborn__raises_its_bid_and_heeds_its_highest(race):
    going = {row.block: row.gas_price for row in race.blocks}
    bids = [row for row in race.transactions if row.actor == "stubborn"]
    ratios = {round(row.gas_price / going[row.block], 4) for row in bids}

    assert {1.0, 1.5} <= ratios
    assert max(row.gas_price for row in bids) <= 300 * 10**9


def test_race__late__pays_for_nothing(race):
    late = next(rank for rank in race.summary.keepers if rank.name == "late")

    assert (late.won, late.rewards) == (0, 0)
    assert late.lost > 0
    assert late.wasted_gas_cost == late.gas_cost == -late.profit > 0
