"""The example, run once for all tests of this folder, by the command and with its world kept."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from isomargin.cli import main
from isomargin.record import RunRecord, read
from isomargin.scenario import Scenario
from isomargin.simulation.building import build_world
from isomargin.simulation.world import World

EXAMPLE = Path(__file__).parents[2] / "examples" / "black_thursday.toml"


@dataclass(frozen=True)
class Played:
    """A finished run of the example: how the command ended, what it kept, and the chain it leaves."""

    code: int
    out: str
    err: str
    directory: Path
    record: RunRecord
    world: World


@pytest.fixture(scope="session")
def black_thursday(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The example from 12 March 2020, 06:00, to 13 March, 12:00; half a minute."""
    directory = tmp_path_factory.mktemp("black_thursday")
    worlds: list[World] = []

    def build(scenario: Scenario, engine: str, **options: Any) -> World:
        worlds.append(build_world(scenario, engine, **options))
        return worlds[0]

    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch("isomargin.simulation.loop.build_world", build),
        mock.patch("sys.argv", ["isomargin", "run", str(EXAMPLE), "--out", str(directory)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    assert isinstance(ended.value.code, int)
    return Played(ended.value.code, out.getvalue(), err.getvalue(), directory, read(directory), worlds[0])
