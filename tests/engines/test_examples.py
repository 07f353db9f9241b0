"""I21: each example tells the same on every engine, to the unit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isomargin.record import RunRecord
from isomargin.scenario import load_scenario
from isomargin.simulation import simulate
from tests.chain.anvil import DEFAULT_GENESIS, running_anvil

pytestmark = pytest.mark.slow

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))
DAY = 86_400  # genesis comes so long before the first price


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda path: path.stem)
def example(request) -> tuple[Path, RunRecord]:
    return request.param, simulate(load_scenario(request.param))


def bare(record: RunRecord) -> dict[str, object]:
    """The tables without hashes and gas; whoever names no price pays one above a base fee that gas moves."""
    return {
        "blocks": [replace(row, hash="", state_root="") for row in record.blocks],
        "transactions": [
            replace(row, hash="", gas_used=None, gas_price=0 if row.role == "oracle" else row.gas_price)
            for row in record.transactions
        ],
        "keepers": [
            replace(row, gas_used=None, gas_cost_wei=0, gas_cost=0, wasted_gas=None, wasted_gas_cost=0)
            for row in record.keepers
        ],
        "events": record.events,
        "positions": record.positions,
        "checks": record.checks,
    }


def test_revm__example__tells_what_py_evm_tells(example):
    path, theirs = example
    ours = simulate(load_scenario(path), engine="revm")
    assert bare(ours) == bare(theirs)
    assert {row.gas_used for row in ours.transactions} == {None}
    assert ours.summary.keeper.gas_used is None
    assert ours.summary.state_root == ""


def test_revm__keepers__pay_about_what_they_pay_where_gas_is_counted(example):
    """The gas table stands for the usual kind of liquidation, so it is near, not exact."""
    path, theirs = example
    ours = simulate(load_scenario(path), engine="revm")
    counted, reckoned = theirs.summary.keeper.gas_cost, ours.summary.keeper.gas_cost
    assert 0.8 * counted <= reckoned <= 1.25 * counted


def test_anvil__example__tells_what_py_evm_tells_with_its_gas(example):
    path, theirs = example
    start = load_scenario(path).price_path().start - DAY
    with running_anvil(replace(DEFAULT_GENESIS, timestamp=start)) as anvil:
        ours = simulate(load_scenario(path), engine=anvil.url)
    assert bare(ours) == bare(theirs)
    assert ours.transactions == theirs.transactions
    assert ours.keepers == theirs.keepers
