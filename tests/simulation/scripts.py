"""Scenarios with a script: a market almost without a crowd, in which named people act."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

from isomargin.record import ExpectationRow, RunRecord, StepRow
from isomargin.scenario import Scenario, load_scenario
from isomargin.simulation import simulate
from isomargin.simulation.building import build_world
from isomargin.simulation.world import World
from tests.simulation.small import document, scenario

__all__ = ["QUIET", "failures", "play_script", "scripted", "step_of", "world_after", "written"]

QUIET: dict[str, Any] = {
    "keepers": [],
    "prices": {"values": [100, 100, 100, 100]},
    "traders": {"count": 1, "notional": {"min": 1_000, "max": 1_000}},
    "people": [{"name": "alice", "tokens": 100_000}, {"name": "bob", "tokens": 100_000}],
}
"""Four prices of two blocks each, of 100; the only trader opens in the second."""


def scripted(**changes: Any) -> Scenario:
    """The quiet scenario with changes."""
    return scenario(**{**QUIET, **changes})


def play_script(*, engine: str = "revm", **changes: Any) -> RunRecord:
    """Run the quiet scenario with changes."""
    return simulate(scripted(**changes), engine=engine)


def world_after(**changes: Any) -> tuple[World, RunRecord]:
    """Run the quiet scenario with changes, and keep the world as the last block left it."""
    worlds: list[World] = []

    def build(wanted: Scenario, engine: str, **options: Any) -> World:
        worlds.append(build_world(wanted, engine, **options))
        return worlds[0]

    with mock.patch("isomargin.simulation.loop.build_world", build):
        record = play_script(**changes)
    return worlds[0], record


def step_of(record: RunRecord, label: str) -> StepRow:
    """The step of a label."""
    return next(row for row in record.steps if row.label == label)


def failures(record: RunRecord) -> list[ExpectationRow]:
    """What does not hold."""
    return [row for row in record.expectations if not row.holds]


def written(folder: Path, **changes: Any) -> Scenario:
    """The quiet scenario as if it had been read from a file in a folder."""
    text = "\n".join(_toml(key, value) for key, value in document(**{**QUIET, **changes}).items())
    file = folder / "script.toml"
    file.write_text(text, encoding="utf-8")
    return load_scenario(file)


def _toml(key: str, value: Any) -> str:
    return f"{key} = {_value(value)}"


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + value.replace('"', '\\"') + '"'
        case dict():
            return "{ " + ", ".join(f"{key} = {_value(held)}" for key, held in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case _:
            return str(value)
