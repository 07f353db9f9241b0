"""Both machines on the sound contracts, fixed sets of examples in which everything happens often enough.

Each machine runs in two halves, of seeds of their own, so that two workers share them. The least counts are a
third or less of what was seen: another order of the same examples does not miss them, a machine that has lost
an action does.
"""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.fuzz.campaign import CI, run
from tests.fuzz.counts import Counts
from tests.fuzz.dynamic_machine import DynamicMachine
from tests.fuzz.machine import MarketMachine
from tests.fuzz.static_machine import StaticMachine
from tests.fuzz.telling import PROPERTY
from tests.fuzz.trips import TRIPS

pytestmark = [pytest.mark.fuzz, pytest.mark.slow]

HALVES = (1, 2)
"""Their seeds."""

OFTEN_DONE = ("approve", "close", "decrease", "give", "increase", "liquidate", "open", "open tightly")
DONE = (
    "add_margin",
    "claim",
    "close at a limit",
    "deleverage",
    "deposit",
    "execute",
    "give shares",
    "open for another",
    "place_limit",
    "place_reduce",
    "redeem",
    "set_parameters",
    "sweep",
    "withdraw all",
    "withdraw_margin",
)
OFTEN_REFUSED = ("decrease", "execute", "increase", "intrude", "liquidate", "open", "open tightly", "usurp")
REFUSED = ("claim", "close at a limit", "deleverage", "withdraw all", "withdraw_margin")
BY_A_MANAGER = (
    "close by manager",
    "decrease by manager",
    "increase by manager",
    "withdraw_margin by manager",
)
NEVER_DONE = ("usurp", "intrude", "approve by manager", "claim by manager")
OFTEN, AT_ALL = 3, 1

EXPECTED_DONE = {**dict.fromkeys(OFTEN_DONE, OFTEN), **dict.fromkeys(DONE, AT_ALL)}
EXPECTED_REFUSED = {**dict.fromkeys(OFTEN_REFUSED, OFTEN), **dict.fromkeys(REFUSED, AT_ALL)}


def counts_of(machine: type[MarketMachine], profile: settings, seed: int, record_property) -> Counts:
    """Run half a machine, and hand over its counts whatever comes of them."""
    fresh = machine.with_sources(None)
    try:
        run(fresh, profile, seed)
    finally:
        record_property(PROPERTY, (machine.name, fresh.counts.as_dict()))
    return fresh.counts


@pytest.mark.parametrize("half", HALVES)
def test_dynamic_machine__sound_contracts__agree_with_model_and_keep_the_books(half, record_property):
    counts = counts_of(DynamicMachine, CI, half, record_property)
    done = {
        **EXPECTED_DONE,
        "call_margin": 3,
        "execute_batch": 1,
        "observe": 3,
        "pause the oracle": 1,
        "pause_opening": 1,
        "push": 100,
        "redeem all that is free": 3,
        "request": 3,
        "resume the oracle": 1,
        "resume_opening": 3,
        "watch the oracle": 1,
    }
    refused = {**EXPECTED_REFUSED, "push": 10, "redeem": 1, "request": 1}
    seen = {
        "liquidated in part": 10,
        "liquidated in full": 10,
        "bad debt": 2,
        "margin called": 1,
        "order: executed": 1,
    }
    reasons = {
        ("deleverage", "market: deleverage not needed"): 1,
        ("liquidate", "market: top-up grace"): 3,
        ("open", "oracle: grace after outage"): 1,
    }
    assert counts.shortfalls(done, refused, seen, reasons) == []
    assert sum(counts.done(action) for action in BY_A_MANAGER) >= AT_ALL
    assert [action for action in NEVER_DONE if counts.done(action)] == []


@pytest.mark.parametrize("half", HALVES)
def test_static_machine__sound_contracts__nobody_gains_and_no_position_becomes_unsound(half, record_property):
    counts = counts_of(StaticMachine, settings(CI, max_examples=30), half, record_property)
    seen = {
        "liquidated in part": 3,
        "liquidated in full": 3,
        "order: executed": 1,
    }
    assert counts.shortfalls(EXPECTED_DONE, EXPECTED_REFUSED, seen) == []
    assert sum(counts.seen[name.replace("_", " ")] for name in TRIPS) >= len(TRIPS)
    assert sum(counts.done(action) for action in BY_A_MANAGER) >= AT_ALL
    assert [action for action in NEVER_DONE if counts.done(action)] == []
