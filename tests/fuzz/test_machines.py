"""Both machines on the sound contracts, a fixed set of examples in which everything happens often enough."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.fuzz.campaign import CI, run
from tests.fuzz.dynamic_machine import DynamicMachine
from tests.fuzz.static_machine import StaticMachine
from tests.fuzz.trips import TRIPS

pytestmark = pytest.mark.fuzz

USUAL = (
    "open",
    "open tightly",
    "increase",
    "decrease",
    "close",
    "close at a limit",
    "withdraw_margin",
    "redeem",
)
SELDOM_REFUSED = ("withdraw all", "add_margin", "claim", "set_parameters", "resume_opening")
HARDLY_REFUSED = (
    "add margin by stranger",
    "deposit",
    "give",
    "give shares",
    "liquidate_batch",
    "pause_opening",
    "sweep",
)


def requirements(usual: int, seldom: int) -> tuple[dict[str, int], dict[str, int]]:
    """How often each action must have been done and refused; what nobody may do is only refused."""
    refused = {**dict.fromkeys(USUAL, usual), **dict.fromkeys(SELDOM_REFUSED, seldom), "liquidate": usual}
    done = {**refused, **dict.fromkeys(HARDLY_REFUSED, seldom)}
    return done, {**refused, "usurp": usual, "intrude": usual}


@pytest.mark.slow
def test_dynamic_machine__sound_contracts__agree_with_model_and_keep_the_books():
    machine = DynamicMachine.with_sources(None)
    run(machine, CI)
    counts = machine.counts
    print(counts.report())
    done, refused = requirements(usual=3, seldom=1)
    done |= {
        "redeem all that is free": 3,
        "push": 100,
        "request": 5,
        "observe": 10,
        "set_system_multiplier": 3,
    }
    refused |= {
        "redeem all that is free": 1,
        "push": 10,
        "request": 3,
        "set_system_multiplier": 1,
        "deposit": 1,
        "sweep": 1,
    }
    liquidations = {
        "liquidated in part": 20,
        "liquidated in full": 20,
        "bad debt": 5,
        "bad debt for the pool": 1,
    }
    assert counts.shortfalls(done, refused, liquidations) == []
    assert counts.done("usurp") == counts.done("intrude") == 0


@pytest.mark.slow
def test_static_machine__sound_contracts__nobody_gains_and_no_position_becomes_unsound():
    machine = StaticMachine.with_sources(None)
    run(machine, settings(CI, max_examples=30))
    counts = machine.counts
    print(counts.report())
    done, refused = requirements(usual=3, seldom=1)
    liquidations = {"liquidated in part": 3, "liquidated in full": 5, "bad debt": 1}
    trips = {name.replace("_", " "): 3 for name in TRIPS}
    assert counts.shortfalls(done, refused, {**liquidations, **trips}) == []
    assert counts.done("usurp") == counts.done("intrude") == 0
