"""The sweeps of the examples: the small one is played, the large one read as far as it is checked."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks.sweep_speed import main
from isomargin.sweep import (
    check_points,
    local_workers,
    open_store,
    plan_sweep,
    read_results,
    run_sweep,
)

EXAMPLES = Path(__file__).parents[2] / "examples" / "sweeps"


def test_small__plan__is_six_points_of_four_seeds():
    pytest.importorskip("pyrevm")
    plan = plan_sweep(EXAMPLES / "small.toml")
    check_points(plan)

    assert (plan.info.points, plan.info.runs) == (6, 24)
    assert [parameter.name for parameter in plan.info.parameters] == ["health_target", "prices"]


@pytest.mark.slow
def test_small__played__liquidates_more_where_prices_are_wild(tmp_path):
    pytest.importorskip("pyrevm")
    table = _played(EXAMPLES / "small.toml", tmp_path / "out")

    assert table.num_rows == 24
    assert set(table.column("error").to_pylist()) == {""}
    assert set(table.column("violations").to_pylist()) == {0}
    liquidated: dict[str, int] = {"calm": 0, "wild": 0}
    for row in table.to_pylist():
        liquidated[row["parameter.prices"]] += row["liquidated"]
    assert liquidated["wild"] > liquidated["calm"]


def _played(file: Path, folder: Path) -> pa.Table:
    """The results of a sweep, by the library."""
    plan = plan_sweep(file)
    assert run_sweep(plan, open_store(folder, plan), lambda: local_workers(plan.cargo, 2))
    return read_results(folder).table


def test_paths__plan__is_ten_thousand_runs_of_200_positions():
    pytest.importorskip("pyrevm")
    plan = plan_sweep(EXAMPLES / "paths.toml")
    check_points(plan)

    assert plan.info.runs == 10_000
    assert plan.scenario(0).traders.count == 200
    assert len(plan.scenario(0).price_path()) == 25


@pytest.mark.slow
def test_sweep_speed__short__tells_rates_and_that_bytes_are_the_same(capsys):
    pytest.importorskip("pyrevm")

    code = main(["--runs", "4", "--sweep", str(EXAMPLES / "small.toml")])

    assert code == 0
    head, one, two = capsys.readouterr().out.splitlines()
    assert head == "6 runs of 'A small market' on revm"
    assert "  1 processes " in one
    assert one.endswith("the same bytes")
    assert two.endswith("the same bytes")
