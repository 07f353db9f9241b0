"""One run as a row: every figure against the whole record of the same run; and what becomes of errors."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from isomargin.errors import ChainError
from isomargin.scenario import load_scenario
from isomargin.scenario.documents import Document
from isomargin.simulation import simulate
from isomargin.sweep import plan_sweep, playing
from isomargin.sweep.playing import Player
from isomargin.units import from_wad
from tests.sweep.markets import SWEEP, write_sweep

_WILD = 4  # the run of 1.1, wild, seed 2


@pytest.fixture
def plan(tmp_path):
    """The small sweep."""
    return plan_sweep(write_sweep(tmp_path))


def test_play__wild_run__is_what_the_record_of_its_scenario_says(tmp_path, plan):
    job = plan.job(_WILD)
    assert (job.point, job.seed) == ((Decimal("1.1"), "wild"), 2)

    row = Player(plan.cargo).play(job)

    file = tmp_path / "alone.toml"
    text = (tmp_path / "market.toml").read_text().replace("volatility = 2.5", "volatility = 4")
    file.write_text(text + "\n[risk]\nhealth_target = 1.1\n")
    record = simulate(load_scenario(file, seed=2), engine="revm")
    scale = 10 ** (18 - record.run.token_decimals)
    summary = record.summary
    assert summary.positions.liquidated > 0
    assert (row.run, row.point, row.seed, row.error) == (_WILD, 1, 2, "")
    assert row.bad_debt == record.blocks[-1].bad_debt
    assert row.pool_pnl == summary.pool.pnl * scale
    assert row.pool_return == summary.pool.pnl / summary.pool.deposited
    deposited, pool = summary.pool.deposited, min(block.pool_assets for block in record.blocks)
    assert pool < deposited
    assert row.pool_drawdown == pytest.approx((deposited - pool) / deposited)
    lowest = min(block.insurance_fund for block in record.blocks)
    fund = load_scenario(file).insurance.deposit
    assert row.insurance_drawdown == fund - lowest * scale > 0
    assert row.insurance_end == record.blocks[-1].insurance_fund * scale
    assert row.keeper_profit == sum(one.rewards - one.gas_cost for one in record.keepers) * scale
    assert row.keeper_gas_cost == sum(one.gas_cost for one in record.keepers) * scale
    outcomes = [position.outcome for position in record.positions]
    assert (row.opened, row.liquidated) == (len(outcomes), outcomes.count("liquidated"))
    assert row.share_liquidated == outcomes.count("liquidated") / len(outcomes)
    assert row.bankrupt == sum(position.bankrupt for position in record.positions)
    assert row.liquidations == sum(block.liquidations for block in record.blocks)
    assert row.liquidated_notional == sum(block.liquidated_notional for block in record.blocks)
    assert row.margin == sum(position.margin for position in record.positions) * scale
    assert row.notional == sum(position.notional for position in record.positions)
    prices = [block.price for block in record.blocks]
    assert (row.price_first, row.price_last) == (prices[0], prices[-1])
    assert (row.price_low, row.price_high) == (min(prices), max(prices))
    assert (row.blocks, row.transactions) == (len(record.blocks), len(record.transactions))
    assert row.violations == 0
    assert row.waited_most == summary.waited.most


def test_play__checks_at_the_end__look_at_as_much_as_after_every_block(plan, tmp_path):
    every = plan_sweep(write_sweep(tmp_path / "b", 'checks = "scenario"\n' + SWEEP))

    sparse, dense = Player(plan.cargo), Player(every.cargo)

    assert sparse.scenario(plan.job(_WILD)).invariants.every == 1_000_000
    assert dense.scenario(every.job(_WILD)).invariants.every == 1
    assert sparse.play(plan.job(_WILD)) == dense.play(every.job(_WILD))
    assert every.info.fingerprint != plan.info.fingerprint


def test_play__same_run_twice_and_by_another_player__is_the_same_row(plan):
    player = Player(plan.cargo)

    assert player.play(plan.job(1)) == player.play(plan.job(1)) == Player(plan.cargo).play(plan.job(1))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ChainError("it would\nnot"), "it would not"),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero (test_playing.py:"),
    ],
)
def test_play__error__is_a_row_that_says_so(plan, monkeypatch, error, told):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(playing, "simulate", fail)

    row = Player(plan.cargo).play(plan.job(5))

    assert (row.run, row.point, row.seed) == (5, 1, 3)
    assert row.error.startswith(told)
    assert (row.bad_debt, row.pool_return, row.state_root) == (None, None, None)


def test_play__price_path_that_leaves_all_bounds__is_told_without_a_place_on_this_disk(plan):
    prices = {"step": 3_600, "gbm": {"start_price": 200, "volatility": 100, "steps": 10_000}}
    cargo = replace(plan.cargo, base={**plan.cargo.base, "prices": prices})
    overrides = (*cargo.overrides[:1], replace(cargo.overrides[1], choices={"calm": Document({})}))

    row = Player(replace(cargo, overrides=overrides)).play(plan.job(0))

    assert row.error.startswith("prices.gbm: ")


def test_play__no_memory__is_not_the_fault_of_the_run(plan, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(playing, "simulate", fail)

    with pytest.raises(MemoryError):
        Player(plan.cargo).play(plan.job(0))


def test_result__amounts__are_wad_of_the_token(plan):
    row = Player(plan.cargo).play(plan.job(0))

    assert row.margin is not None
    assert "." in from_wad(row.margin) or row.margin % 10**18 == 0
    assert row.margin % 10**12 == 0  # a token of six digits
