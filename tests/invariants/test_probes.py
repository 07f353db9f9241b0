"""Probes: what they try, that nothing of it stays, and what they say where something is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from isomargin.invariants import Finding, Monitor, probe
from isomargin.protocol import Sources
from isomargin.units import to_wad
from tests.system_helpers import Stage, succeeded


@pytest.fixture
def stage() -> Stage:
    return Stage(full_every=0)


def counts(findings: list[Finding]) -> dict[str, int]:
    return {finding.invariant: finding.checked for finding in findings}


def violated(findings: list[Finding]) -> set[str]:
    return {finding.invariant for finding in findings if finding.violations}


def standing(stage: Stage) -> tuple[object, ...]:
    chain = stage.chain
    people = [chain.account(name) for name in ("trader", "rival", "keeper", "lp", "deployer", "oracle")]
    return (
        chain.block_number,
        chain.block_hash(chain.block_number),
        chain.state_root,
        chain.timestamp,
        [(chain.nonce(one), chain.balance(one), stage.system.token_balance(one)) for one in people],
    )


def test_probe__sound_market__tries_all_four_and_finds_nothing(stage):
    stage.open_one("trader", 10, 100)
    stage.open_one("rival", -8, 80)
    findings = probe(stage.system)
    assert violated(findings) == set()
    cases = counts(findings)
    assert set(cases) == {"I8", "I12", "I15", "I20"}
    assert cases["I8"] == 2 * 3  # each at three worse prices, from just below maintenance to far below zero
    assert cases["I20"] == 2 * 2  # each can close, and gets what is due
    assert cases["I15"] == 2 * 3  # a top-up, an opening, a liquidation
    assert cases["I12"] == 4 * 3 + 1  # two sizes on two sides by three ways, and one deposit


def test_probe__afterwards__everything_is_what_it_was():
    hashes = []
    for probed in (False, True):
        stage = Stage(full_every=0)
        stage.open_one("trader", 10, 100)
        stage.open_one("rival", -8, 80)
        before, snapshot = standing(stage), stage.chain.snapshot()
        if probed:
            stage.monitor.probe()
        assert standing(stage) == before
        assert stage.chain.snapshot() == snapshot + 1
        hashes.append(stage.mine(stage.closing("trader", 1), stage.closing("rival", 2)).hash)
        assert stage.finish() == set()
    assert hashes[0] == hashes[1]


def test_probe__more_positions_than_asked_for__tries_so_many_and_the_same_ones_for_one_seed(stage):
    for number in range(4):
        stage.open_one(f"trader {number}", 10, 100)
    first, again = (counts(stage.monitor.probe(2, np.random.default_rng(5))) for _ in range(2))
    assert first == again
    assert first["I20"] == 2 * 2


def test_probe__position_below_maintenance_and_position_insolvent__are_liquidated_where_they_stand(stage):
    stage.open_one("trader", 10, 60)
    stage.open_one("rival", 10, 45)
    stage.push("95.4")  # 46 lost: of 54 left some 7 after fees, below 19; of 39 nothing
    findings = stage.monitor.probe()
    assert violated(findings) == set()
    assert counts(findings)["I8"] >= 2 + 2  # both as they are, and at worse prices
    assert "I20" not in counts(findings)  # nobody is sound


def test_probe__token_that_can_block__tries_blocked_owners_too():
    stage = Stage(full_every=0, sources=Sources(token="testing/BlacklistToken"))
    stage.open_one("trader", 10, 100)
    findings = stage.monitor.probe()
    assert violated(findings) == set()
    assert counts(findings)["I8"] == 2 * 3


def test_probe__owner_is_blocked__counts_what_can_be_sent_elsewhere():
    stage = Stage(full_every=0, sources=Sources(token="testing/BlacklistToken"))
    stage.open_one("trader", 10, 100)
    stage.open_one("trader", 10, 100)
    token, admin = stage.system.token, stage.system.admin
    block = token.transaction("set_blacklisted", stage.person("trader"), True, sender=admin)
    stage.mine(block)
    succeeded(stage.mine(stage.closing("trader", 1)))
    findings = stage.monitor.probe()
    assert violated(findings) == set()
    assert (
        counts(findings)["I20"] == 2 + 1
    )  # closing and what it gives; what the closed one's vault still has


def test_probe__price_is_stale__tries_nothing_that_needs_one(stage):
    stage.open_one("trader", 10, 100)
    stage.mine(after=90_000)
    cases = counts(stage.monitor.probe())
    assert "I20" not in cases
    assert "I12" not in cases
    assert cases["I15"] == 3


def test_probe__no_position__tries_round_trips_alone(stage):
    assert set(counts(stage.monitor.probe())) == {"I12"}


def test_monitor__probed__counts_it_with_the_rest(stage):
    stage.open_one("trader", 10, 100)
    findings = stage.monitor.probe()
    for finding in findings:
        if finding.invariant != "I15":  # which is watched besides
            assert stage.monitor.checked[finding.invariant] == finding.checked


def test_probe__after_it__monitor_goes_on_without_a_break(stage):
    monitor = Monitor(stage.system)
    stage.open_one("trader", 10, 100)
    monitor.observe()
    monitor.probe()
    stage.push(to_wad("101") // 10**18)
    findings = monitor.observe()
    assert violated(findings) == set()
    assert counts(findings)["I17"] < 20  # one block, not all from the first
