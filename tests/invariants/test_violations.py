"""Every invariant is seen to fire: a market broken on purpose lives the same life as a sound one."""

from __future__ import annotations

import pytest

from isomargin.invariants import INVARIANTS
from tests.invariants.market_life import live_through
from tests.invariants.mutants import MUTANTS, Mutant, Patch, broken_sources
from tests.system_helpers import Stage

INSURANCE = 350  # pays the first bad debt of the life in full, and the second in part


@pytest.mark.parametrize("decimals", [6, 18])
def test_monitor__sound_contracts__sees_everything_and_finds_nothing(decimals):
    stage = Stage(decimals=decimals, insurance=INSURANCE)
    live_through(stage)
    assert [finding for finding in stage.findings if finding.violations] == []
    assert all(stage.monitor.checked[invariant] > 0 for invariant in INVARIANTS)
    market_events = [
        item.event for item in stage.system.events(stage.chain.logs()) if item.contract == "market"
    ]
    seen = {event.name for event in market_events}
    assert {"PositionModified", "PositionClosed", "MarginAdded", "MarginWithdrawn", "Claimed"} <= seen
    liquidations = [event.args for event in market_events if event.name == "PositionLiquidated"]
    assert {args["size"] == 0 for args in liquidations} == {True, False}
    bad_debts = [event.args for event in market_events if event.name == "BadDebt"]
    assert any(args["pool_loss"] > stage.system.terms.token_scale for args in bad_debts)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.invariant}: {mutant.fault}")
def test_monitor__contract_broken_on_purpose__names_the_invariant(mutant, break_system):
    stage = Stage(sources=break_system(mutant), insurance=INSURANCE)
    live_through(stage)
    assert mutant.invariant in stage.violated
    first = next(
        found for found in stage.findings if found.invariant == mutant.invariant and found.violations
    )
    assert first.message.startswith("block ")


def test_mutants__all_together__break_every_invariant():
    assert {mutant.invariant for mutant in MUTANTS} == set(INVARIANTS)


def test_broken_sources__patch_that_no_longer_applies__is_refused(tmp_path):
    stale = Mutant("I1", "nothing", (Patch("market/books.vy", "this was never there", ""),))
    with pytest.raises(AssertionError, match="has 0 times"):
        broken_sources(stale, tmp_path)
