"""Monitor: what it follows, when it reads the chain, and what it does when the chain goes back."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from isomargin.book import Book
from isomargin.errors import ChainError, InvariantViolation
from isomargin.invariants import INVARIANTS, Finding, Monitor, raise_on_violation
from isomargin.model import Holding
from isomargin.protocol import Sources, market_parameters
from isomargin.units import WAD, to_wad
from tests.invariants.mutants import MUTANTS
from tests.market_walk import MarketWalk
from tests.system_helpers import Stage, succeeded


@pytest.fixture
def stage() -> Stage:
    return Stage(full_every=0)


def counts(findings: list[Finding]) -> dict[str, int]:
    return {finding.invariant: finding.checked for finding in findings}


def violated(findings: list[Finding]) -> set[str]:
    return {finding.invariant for finding in findings if finding.violations}


# What it reports


def test_observe__block_with_an_opening__counts_cases_of_its_number(stage):
    trader = stage.opening("trader", 10, 100)
    block = stage.chain.mine([trader])
    findings = stage.monitor.observe(block)
    assert {finding.block for finding in findings} == {block.number}
    assert {finding.message for finding in findings} == {""}
    of_nothing_special = {"I1", "I2", "I3", "I4", "I5", "I6", "I16", "I17", "I18"}
    assert of_nothing_special | {"I9", "I11", "I14", "I15", "I19"} == set(counts(findings))
    # fill price, cost, fee, index, reserve and margin of the one event
    assert counts(findings)["I3"] == 6


def test_observe__all_findings__add_up_in_its_counters(stage):
    stage.open_one("trader", 10, 100)
    stage.finish()
    for invariant in INVARIANTS:
        seen = [finding for finding in stage.findings if finding.invariant == invariant]
        assert stage.monitor.checked[invariant] == sum(finding.checked for finding in seen)
        assert stage.monitor.violations[invariant] == 0


def test_observe__block_in_which_everything_fails__finds_everything_unchanged(stage):
    stage.open_one("trader", 10, 100)
    block = stage.mine(stage.opening("trader", 10, 0), stage.liquidations(), stage.decreasing("thief", 1, 1))
    assert [receipt.success for receipt in block.receipts] == [False, True, False]
    newest = [finding for finding in stage.findings if finding.block == block.number]
    assert violated(newest) == set()
    assert {"I2", "I4", "I5"} <= set(counts(newest))


def test_observe__two_blocks_at_once__follows_the_one_that_nobody_told_of(stage):
    first, second = stage.opening("trader", 10, 100), stage.opening("rival", -10, 100)
    stage.chain.mine([first])
    findings = stage.monitor.observe(stage.chain.mine([second]))
    assert counts(findings)["I3"] == 2 * 6
    assert violated(findings) == set()


def test_observe__block_that_is_not_the_newest__is_refused(stage):
    block = stage.chain.mine()
    stage.chain.mine()
    with pytest.raises(ChainError, match=f"^block {block.number} cannot be observed, the head is block"):
        stage.monitor.observe(block)


def test_observe__no_block_named__takes_the_newest(stage):
    stage.chain.mine()
    assert {finding.block for finding in stage.monitor.observe()} == {stage.chain.block_number}


def test_monitor__begun_in_the_middle__knows_what_was_before(stage):
    MarketWalk(stage, 3).step()
    stage.open_one("trader", 10, 100)
    late = Monitor(stage.system)
    stage.push("99.5")
    findings = late.observe()
    assert violated(findings) == set()
    assert counts(findings)["I3"] >= 6


def test_finish__many_positions__reads_each_and_every_account(stage):
    for name in ("trader", "rival", "third"):
        stage.open_one(name, 10, 100)
    stage.mine(stage.closing("rival", 2))
    quiet = stage.mine()
    cases = counts([finding for finding in stage.findings if finding.block == quiet.number])
    assert "I1" not in cases  # nothing was touched, so no position was compared with what happened to it
    assert cases["I14"] == 1  # but one of those that nothing touched was read
    everything = counts(stage.monitor.finish())
    assert (
        everything["I1"] == 3 + 1 + 3
    )  # vault, reserve and margin of the open two and the vault of the ended one
    accounts = {*stage.book.balances}
    assert everything["I2"] == len(accounts) + 2  # the supply, and the sum of all


def test_observe__full_every__reads_everything_when_it_is_due():
    stage = Stage(full_every=3)
    stage.open_one("trader", 10, 100)
    full = [number for number in range(6) if "I1" in counts(stage.monitor.observe(stage.chain.mine()))]
    assert [after - before for before, after in pairwise(full)] == [3]


# What changes beside positions


def test_observe__chain_reverted_to_a_snapshot__begins_again(stage):
    stage.open_one("trader", 10, 100)
    snapshot = stage.chain.snapshot()
    stage.open_one("rival", -10, 100)
    stage.open_one("trader", 4, 50)
    stage.chain.revert(snapshot)
    findings = stage.monitor.observe(stage.chain.mine([stage.opening("rival", -5, 100)]))
    assert violated(findings) == set()
    stage.chain.mine()
    stage.chain.mine()
    assert violated(stage.monitor.finish()) == set()


def test_observe__parameters_and_risk_table_changed__goes_by_the_new_ones(stage):
    stage.open_one("trader", 10, 100)
    system, admin = stage.system, stage.system.admin
    terms = system.terms
    new = replace(
        terms, parameters=replace(terms.parameters, max_funding_rate=WAD // 5, keeper_share=WAD // 2)
    )
    succeeded(stage.mine(system.market.transaction("set_parameters", market_parameters(new), sender=admin)))
    brackets = [(0, to_wad("0.2"), to_wad("0.1"))]
    table = (brackets, 10**7 * WAD, WAD // 50, 0)
    for function in ("announce_risk_table", "set_risk_table"):
        write = system.risk_engine.transaction(function, *table, sender=admin)
        succeeded(stage.mine(write, after=terms.adjustment.ramp_seconds))
    stage.push("99", after=3_600)  # equity of about 9% of the notional: sound before, liquidatable now
    assert system.liquidatable() == [1]
    succeeded(stage.mine(stage.liquidations()))
    assert stage.monitor.checked["I7"] == 1
    assert stage.finish() == set()


def test_observe__donations_before_and_inside_a_transaction_block__count_as_margin(stage):
    stage.open_one("trader", 10, 100)
    stage.mine(
        stage.donation("stranger", 1, 5),
        stage.system.add_margin(stage.person("stranger"), 1, 5 * stage.unit),
        stage.donation("stranger", 1, 5),
        stage.decreasing("trader", 1, 1),
    )
    assert stage.finish() == set()
    assert stage.book.margin(1) > 114 * stage.unit


@pytest.mark.parametrize("answers_false", [False, True])
def test_observe__payouts_that_the_token_refuses__stay_claimable(answers_false):
    stage = Stage(sources=Sources(token="testing/BlacklistToken"))
    token, admin = stage.system.token, stage.system.admin
    stage.open_one("trader", 10, 100)
    stage.open_one("trader", 10, 60)
    trader = stage.person("trader")
    token.transact("set_answers_false", answers_false, sender=admin)

    def shut_out(*people: str, out: bool) -> None:
        stage.mine(*(token.transaction("set_blacklisted", one, out, sender=admin) for one in people))

    shut_out(trader, out=True)
    succeeded(stage.mine(stage.closing("trader", 1)))
    stage.push("95.9")
    shut_out(stage.keeper, out=True)
    succeeded(stage.mine(stage.system.liquidate(stage.keeper, 2)))
    stage.push("80")
    succeeded(stage.mine(stage.system.liquidate(stage.keeper, 2)))
    shut_out(trader, stage.keeper, out=False)
    for position in (1, 2):
        succeeded(stage.mine(stage.system.claim(trader, position, trader)))
    assert stage.finish() == set()
    events = [item.event for item in stage.system.events(stage.chain.logs())]
    assert [
        (event.args["size"] == 0, event.args["reward"]) for event in events if "keeper" in event.args
    ] == [
        (False, 0),  # a part: the penalty's share stays in the vault, as margin
        (True, 0),
    ]
    assert sum(event.name == "PayoutRefused" for event in events) == 1 + 1 + 2


@pytest.mark.parametrize("seed", [1, 2])
def test_monitor__random_walk__finds_nothing(seed):
    stage = Stage(full_every=10)
    walk = MarketWalk(stage, seed)
    for _ in range(60):
        walk.step()
    assert stage.finish() == set()
    assert walk.succeeded["liquidate"] > 0


# Prices that are refused, people who act for others


def test_observe__pool_bankrupt_at_a_refused_price__is_not_called_insolvent():
    """What traders would be owed at an absurd price is owed by nobody: they cannot leave at it."""
    stage = Stage(full_every=0)
    stage.open_one("trader", 150, 1_500)
    stage.push(2 * 10**9)  # above the oracle's bound; 150 base are worth far more than the pool holds
    assert stage.system.market_state().pool_assets == 0
    assert stage.system.market_state().price_reason == "oracle: price out of bounds"
    assert stage.finish() == set()
    stage.push(10**8)  # as absurd, but within the bounds: now it is owed
    assert stage.finish() == {"I5"}


def test_observe__manager_acts__is_as_good_as_its_owner(stage):
    stage.open_one("trader", 10, 100)
    manager, system = stage.person("manager"), stage.system
    stage.mine(system.approve_manager(stage.person("trader"), 1, manager))
    succeeded(stage.mine(stage.decreasing("manager", 1, 2)))
    succeeded(stage.mine(system.withdraw_margin(manager, 1, 5 * stage.unit)))
    assert stage.finish() == set()


def test_observe__position_opened_for_somebody_else__is_theirs(stage):
    giver, friend = stage.person("giver"), stage.person("friend")
    gift = stage.system.open(giver, to_wad(10), 100 * stage.unit, 2**255, 2**63, friend)
    succeeded(stage.mine(gift))
    succeeded(stage.mine(stage.closing("friend", 1)))
    assert stage.finish() == set()


def test_observe__quiet_blocks__read_one_open_position_after_the_other(stage):
    for name in ("trader", "rival", "third"):
        stage.open_one(name, 10, 100)
    quiet = [stage.mine().number for _ in range(4)]
    cases = [finding for finding in stage.findings if finding.block in quiet]
    assert sum(finding.checked for finding in cases if finding.invariant == "I14") == 4
    assert stage.violated == set()


# Raising


def test_raise_on_violation__nothing_violated__returns(stage):
    stage.open_one("trader", 10, 100)
    raise_on_violation(stage.findings)


def test_raise_on_violation__broken_contract__raises_with_the_first_id(break_system):
    (mutant,) = (mutant for mutant in MUTANTS if mutant.fault == "anybody may empty a vault")
    stage = Stage(sources=break_system(mutant))
    stage.open_one("trader", 10, 100)
    thief = stage.person("thief")
    block = stage.chain.mine([stage.vault(1).transaction("pay", thief, 7, sender=thief)])
    succeeded(block)
    findings = stage.monitor.observe(block)
    assert violated(findings) == {"I14", "I18"}
    with pytest.raises(InvariantViolation, match=re.escape("I14: isolation: block ")) as caught:
        raise_on_violation(findings)
    assert caught.value.invariant == "I14"


# What it looks at


def test_observe__ordinary_block__counts_positions_one_by_one_only_in_full(stage, monkeypatch):
    for number in range(12):
        stage.open_one(f"trader {number}", 10, 100)
    counted: list[int] = []
    held = Book.held

    def noted(book: Book, position_id: int) -> Holding:
        counted.append(position_id)
        return held(book, position_id)

    monkeypatch.setattr(Book, "held", noted)
    stage.push("99.9")
    assert len(set(counted)) == 1  # the bystander whose turn it is
    stage.finish()
    assert set(counted) == set(range(1, 13))
