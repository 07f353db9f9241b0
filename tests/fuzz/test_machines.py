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
SELDOM_REFUSED = ("withdraw all", "add_margin", "claim", "set_parameters", "resume_opening", "deleverage")
HARDLY_REFUSED = (
    "add margin by stranger",
    "approve",
    "call_margin",
    "close by manager",
    "decrease by manager",
    "deposit",
    "give",
    "give shares",
    "increase by manager",
    "liquidate_batch",
    "open for another",
    "pause_opening",
    "sweep",
    "withdraw_margin by manager",
)
NEVER_DONE = ("usurp", "intrude", "approve by manager", "claim by manager")


def requirements(usual: int, seldom: int) -> tuple[dict[str, int], dict[str, int]]:
    """How often each action must have been done and refused; what nobody may do is only refused."""
    refused = {**dict.fromkeys(USUAL, usual), **dict.fromkeys(SELDOM_REFUSED, seldom), "liquidate": usual}
    done = {**refused, **dict.fromkeys(HARDLY_REFUSED, seldom)}
    return done, {**refused, **dict.fromkeys(NEVER_DONE, seldom)}


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
    seen = {
        "liquidated in part": 20,
        "liquidated in full": 20,
        "bad debt": 5,
        "bad debt for the pool": 1,
        "margin called": 3,
        "call lifted": 1,
        "funding rate at its bound": 5,
    }
    reasons = {
        ("deleverage", "market: deleverage not needed"): 3,
        ("deleverage", "market: pool short of cash"): 1,
        ("deleverage", "market: position not in profit"): 1,
    }
    assert counts.shortfalls(done, refused, seen, reasons) == []
    assert [action for action in NEVER_DONE if counts.done(action)] == []


@pytest.mark.parametrize("half", HALVES)
def test_static_machine__sound_contracts__nobody_gains_and_no_position_becomes_unsound(half, record_property):
    counts = counts_of(StaticMachine, settings(CI, max_examples=30), half, record_property)
    done, refused = requirements(usual=3, seldom=1)
    liquidations = {"liquidated in part": 3, "liquidated in full": 5, "bad debt": 1}
    trips = {name.replace("_", " "): 3 for name in TRIPS}
    reasons = {
        ("deleverage", "market: deleverage not needed"): 1,
        ("deleverage", "market: deleverage does not help"): 1,
    }
    assert counts.shortfalls(done, refused, {**liquidations, **trips}, reasons) == []
    assert [action for action in NEVER_DONE if counts.done(action)] == []
