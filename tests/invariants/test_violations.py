"""Every invariant is seen to fire: a market broken on purpose lives the same life as a sound one."""

from __future__ import annotations

import pytest

from isomargin.invariants import INVARIANTS
from tests.docs.pages import page
from tests.invariants.breaking import KINDS, LIVES, Mutant, Patch, broken_sources, sources_of
from tests.invariants.market_life import live_through
from tests.invariants.mutants import MUTANTS
from tests.invariants.seeded_bugs import page_with, play, stage_for, table_of

TRIED_ONLY = {"I8", "I12", "I20"}
"""Invariants that nothing but trying can check."""


@pytest.mark.parametrize("decimals", [6, 18])
def test_monitor__sound_contracts__sees_everything_and_finds_nothing(decimals):
    stage = stage_for("watched", decimals=decimals)
    play("watched", stage)
    assert [finding for finding in stage.findings if finding.violations] == []
    unseen = {invariant for invariant in INVARIANTS if stage.monitor.checked[invariant] == 0}
    assert unseen == TRIED_ONLY
    market_events = [
        item.event for item in stage.system.events(stage.chain.logs()) if item.contract == "market"
    ]
    seen = {event.name for event in market_events}
    assert {"PositionModified", "PositionClosed", "MarginAdded", "MarginWithdrawn", "Claimed"} <= seen
    assert {"Approved", "PositionDeleveraged"} <= seen
    liquidations = [event.args for event in market_events if event.name == "PositionLiquidated"]
    assert {args["size"] == 0 for args in liquidations} == {True, False}
    bad_debts = [event.args for event in market_events if event.name == "BadDebt"]
    assert any(args["pool_loss"] > stage.system.terms.token_scale for args in bad_debts)


def test_monitor__sound_contracts_on_which_things_are_tried__tries_everything_and_finds_nothing():
    stage = stage_for("tried")
    live_through(stage, trying=True)
    assert [finding for finding in stage.findings if finding.violations] == []
    assert all(stage.monitor.checked[invariant] > 0 for invariant in INVARIANTS)


def test_monitor__sound_contracts_in_the_life_that_is_tried__finds_nothing():
    stage = stage_for("tried")
    play("tried", stage)
    assert [finding for finding in stage.findings if finding.violations] == []


def test_monitor__sound_market_and_a_token_that_calls_back__lets_nobody_in_and_finds_nothing():
    stage = stage_for("called back")
    play("called back", stage)
    assert [finding for finding in stage.findings if finding.violations] == []
    assert stage.view(1).size == 0
    assert stage.view(2).size > 0


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.invariant}: {mutant.fault}")
def test_monitor__contract_broken_on_purpose__names_the_invariant(mutant):
    stage = stage_for(mutant.life, sources_of(mutant))
    play(mutant.life, stage)
    assert mutant.invariant in stage.violated
    first = next(
        found for found in stage.findings if found.invariant == mutant.invariant and found.violations
    )
    assert first.message.startswith(("block ", "after block "))


def test_mutants__all_together__break_every_invariant_in_every_class():
    assert {mutant.invariant for mutant in MUTANTS} == set(INVARIANTS)
    assert {mutant.kind for mutant in MUTANTS} == set(KINDS)
    assert {mutant.life for mutant in MUTANTS} == set(LIVES)
    assert len({mutant.fault for mutant in MUTANTS}) == len(MUTANTS) >= 25


def test_page__table_of_seeded_bugs__counts_those_that_are_seeded(capsys):
    table = table_of([(mutant, {mutant.invariant}) for mutant in MUTANTS])
    with capsys.disabled():
        print(f"\n{table}")
    text = page("docs/invariants.md")
    assert page_with(table, text) == text


def test_table_of__a_fault_that_was_missed__is_not_counted_as_found():
    rounding = [mutant for mutant in MUTANTS if mutant.kind == "rounding"][:2]
    found = [(rounding[0], {rounding[0].invariant}), (rounding[1], {"I2"})]
    assert f"| rounding | 2 | 1 | {rounding[0].invariant} |" in table_of(found)
    assert "| all | 2 | 1 | |" in table_of(found)


def test_broken_sources__patch_that_no_longer_applies__is_refused(tmp_path):
    stale = Mutant("I1", "nothing", (Patch("market/books.vy", "this was never there", ""),))
    with pytest.raises(AssertionError, match="has 0 times"):
        broken_sources(stale, tmp_path)
