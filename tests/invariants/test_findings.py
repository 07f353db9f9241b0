"""Tally and findings: counting, the first violation in words, and raising."""

from __future__ import annotations

import pytest

from isomargin.errors import InvariantViolation
from isomargin.invariants import INVARIANTS, Finding, raise_on_violation
from isomargin.invariants.findings import Tally

CUSTODY, LEDGER = INVARIANTS["I1"], INVARIANTS["I3"]


def test_findings__nothing_checked__are_none():
    assert Tally().findings(7) == []


def test_findings__cases_of_two_invariants__are_counted_apart():
    tally = Tally()
    tally.check(CUSTODY, True, "never shown")
    tally.equal(LEDGER, "block 7", "fee", 3, 3)
    tally.equal(LEDGER, "block 7", "fee", 4, 3)
    assert tally.findings(7) == [
        Finding("I1", 7, 1, 0, ""),
        Finding("I3", 7, 2, 1, "block 7: fee is 4, expected 3"),
    ]


def test_findings__several_violations__tell_the_first():
    tally = Tally()
    tally.check(LEDGER, False, lambda: "the first")
    tally.check(LEDGER, False, "the second")
    assert tally.findings(7) == [Finding("I3", 7, 2, 2, "the first")]


def test_raise_on_violation__first_of_several__names_id_and_name():
    findings = [Finding("I1", 7, 1, 0, ""), Finding("I3", 7, 2, 1, "fee"), Finding("I5", 7, 1, 1, "other")]
    with pytest.raises(InvariantViolation, match=r"^I3: ledger: fee$") as caught:
        raise_on_violation(findings)
    assert caught.value.invariant == "I3"


def test_catalogue__every_entry__stands_under_its_own_id():
    assert list(INVARIANTS) == [f"I{number}" for number in range(1, 21)]
    assert all(invariant.id == key for key, invariant in INVARIANTS.items())
    assert len({invariant.name for invariant in INVARIANTS.values()}) == len(INVARIANTS)
