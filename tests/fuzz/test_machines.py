"""Both machines on the sound contracts, a fixed set of examples in which everything happens often enough."""

from __future__ import annotations

import pytest

from tests.fuzz.campaign import CI, run
from tests.fuzz.dynamic_machine import DynamicMachine
from tests.fuzz.static_machine import StaticMachine
from tests.fuzz.trips import TRIPS

EVERYDAY = ("open", "open tightly", "increase", "decrease", "close", "close at a limit", "withdraw_margin")
RARE = ("withdraw all", "add_margin", "claim", "set_parameters", "deposit", "redeem", "resume_opening")
LIQUIDATIONS = {"liquidated in part": 5, "liquidated in full": 5, "bad debt": 3}


def requirements(everyday: int, rare: int, never: int) -> tuple[dict[str, int], dict[str, int]]:
    """How often each action must have been done and refused; what nobody may do is only refused."""
    both = {**dict.fromkeys(EVERYDAY, everyday), **dict.fromkeys(RARE, rare), "liquidate": everyday}
    always = {"sweep": rare, "liquidate_batch": 1, "give": rare, "pause_opening": rare, "add margin by stranger": rare}
    return {**both, **always}, {**both, "usurp": never, "intrude": never}


@pytest.mark.slow
def test_dynamic_machine__sound_contracts__agree_with_model_and_keep_the_books():
    machine = DynamicMachine.with_sources(None)
    run(machine, CI)
    counts = machine.counts
    print(counts.report())
    done, refused = requirements(everyday=10, rare=3, never=25)
    done |= {"push": 100, "request": 5}
    refused |= {"push": 5, "request": 3}
    seen = {**LIQUIDATIONS, "liquidated in part": 20, "liquidated in full": 20, "bad debt for the pool": 1}
    assert counts.shortfalls(done, refused, seen) == []
    assert counts.done("usurp") == counts.done("intrude") == 0


@pytest.mark.slow
def test_static_machine__sound_contracts__nobody_gains_and_no_position_becomes_unsound():
    machine = StaticMachine.with_sources(None)
    run(machine, CI)
    counts = machine.counts
    print(counts.report())
    done, refused = requirements(everyday=10, rare=3, never=25)
    trips = {name.replace("_", " "): 5 for name in TRIPS}
    assert counts.shortfalls(done, refused, {**LIQUIDATIONS, **trips}) == []
    assert counts.done("usurp") == counts.done("intrude") == 0
