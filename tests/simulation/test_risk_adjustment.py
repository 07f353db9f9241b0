"""A run in which volatility moves requirements: the chain, the book and the record tell one story."""

from __future__ import annotations

import pytest

from isomargin.record import RunRecord
from isomargin.scenario import Scenario, scenario_from
from isomargin.simulation import simulate
from isomargin.units import WAD

VALUES = [100, 100, 101, 92, 99, 90, 95, 89, 90, 90]


def scenario(**risk: object) -> Scenario:
    return scenario_from(
        {
            "prices": {"values": VALUES, "step": 600},
            "risk": {"policy": "half-then-all", "small_notional": 500, **risk},
            "traders": {"count": 8, "leverage": {"min": 5, "max": 12}, "open_over": 1, "long_share": 1},
            "keepers": [{"name": "closer"}, {"name": "caller", "kind": "margin-call", "batch_size": 3}],
            "gas": {"price": 0},
        }
    )


ADJUSTMENT = {
    "volatility_reference": 0.05,
    "volatility_memory": 7_200,
    "volatility_cap": 4,
    "system_multiplier": 1.1,
    "max_multiplier": 3,
    "ramp_seconds": 900,
}


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return simulate(scenario(adjustment=ADJUSTMENT))


def test_run__when_adjusted__then_every_price_is_observed_and_shown(record):
    observations = [row for row in record.transactions if row.action == "observe"]
    assert len(observations) == len(VALUES)
    assert all(row.success for row in observations)
    calm, wild = record.blocks[0], max(record.blocks, key=lambda row: row.volatility)
    assert (calm.volatility, calm.volatility_multiplier) == (0, WAD)
    assert calm.opening_multiplier == calm.maintenance_multiplier == calm.system_multiplier == 11 * WAD // 10
    assert wild.opening_multiplier == 3 * WAD  # the largest product
    assert wild.volatility_multiplier == 4 * WAD


def test_run__when_adjusted__then_maintenance_never_jumps_up(record):
    before = record.blocks[0]
    for row in record.blocks[1:]:
        most = before.maintenance_multiplier + -(-2 * WAD * (row.timestamp - before.timestamp) // 900)
        assert row.maintenance_multiplier <= min(most, row.opening_multiplier)
        before = row
    assert max(row.maintenance_multiplier for row in record.blocks) == 3 * WAD


def test_run__when_adjusted__then_books_hold_and_people_are_called_and_liquidated(record):
    assert record.summary.invariants.violations == 0
    assert record.summary.liquidations.count > 0
    events = {row.event for row in record.events}
    assert {"MarginCalled", "PositionLiquidated", "VolatilityObserved", "MultiplierChanged"} <= events
    calls = [row for row in record.transactions if row.action == "call_margin"]
    assert calls
    assert {row.actor for row in calls} == {"caller"}
    assert all(row.success for row in calls)
    keepers = {row.keeper: row for row in record.keepers}
    assert keepers["caller"].liquidations == 0


def test_run__when_not_adjusted__then_nothing_is_observed():
    record = simulate(scenario())
    assert not [row for row in record.transactions if row.action == "observe"]
    assert {row.maintenance_multiplier for row in record.blocks} == {WAD}
    assert {row.volatility for row in record.blocks} == {0}
