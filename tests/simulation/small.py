"""Small scenarios: a crowd whose figures are known beforehand, in a market of few prices."""

from __future__ import annotations

from typing import Any
from unittest import mock

from isomargin.record import RunRecord
from isomargin.scenario import Scenario, scenario_from
from isomargin.simulation import simulate
from isomargin.simulation.building import build_world
from isomargin.simulation.world import World

__all__ = ["HOUR", "document", "play", "play_in_world", "scenario", "world_of"]

HOUR = 3_600

_PLAIN: dict[str, Any] = {
    "name": "small",
    "seed": 3,
    "prices": {"values": [100, 100, 97, 94, 94], "step": HOUR},
    # Everybody is long 10,000 with a margin of 500: liquidated when the price has lost about 4.5%.
    "traders": {
        "count": 4,
        "notional": {"min": 10_000, "max": 10_000},
        "leverage": {"min": 20, "max": 20},
        "long_share": 1,
        "open_over": 1,
        "close_probability": 0,
        "top_up": {"share": 0},
    },
    "gas": {"price": 10, "ether_price": 200},
}


def document(**changes: Any) -> dict[str, Any]:
    """The plain scenario; tables are merged with the given ones key by key."""
    merged = {**_PLAIN}
    for table, value in changes.items():
        known = merged.get(table) if table != "gas" else None  # a price or a schedule
        merged[table] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def scenario(**changes: Any) -> Scenario:
    """The plain scenario with changes."""
    return scenario_from(document(**changes))


def play(**changes: Any) -> RunRecord:
    """Run the plain scenario with changes."""
    return simulate(scenario(**changes))


def play_in_world(**changes: Any) -> tuple[World, RunRecord]:
    """Run the plain scenario with changes, and keep the world as the last block left it."""
    worlds: list[World] = []

    def build(wanted: Scenario, engine: str, **options: Any) -> World:
        worlds.append(build_world(wanted, engine, **options))
        return worlds[0]

    with mock.patch("isomargin.simulation.loop.build_world", build):
        record = play(**changes)
    return worlds[0], record


def world_of(**changes: Any) -> World:
    """The world of the plain scenario, ready for its first price."""
    return build_world(scenario(**changes), "py-evm")
