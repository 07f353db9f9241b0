"""Both machines on the sound contracts, fixed sets of examples in which everything happens often enough.

Each machine runs in two halves, of seeds of their own, so that two workers share them. The least counts are a
third or less of what a half was seen to do, and what it does seldom is not asked for: another order of the
same examples does not miss them, a machine that has lost an action does.
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

MOVING_HALVES, STILL_HALVES = (2, 3), (1, 2)
"""Their seeds."""

NEVER_DONE = ("usurp", "intrude", "approve by manager", "claim by manager")
BY_A_MANAGER = (
    "close by manager",
    "decrease by manager",
    "increase by manager",
    "withdraw_margin by manager",
)

MOVING_DONE = {
    **dict.fromkeys(("close", "execute", "liquidate_batch", "pause the oracle", "pause_opening"), 1),
    **dict.fromkeys(("add_margin", "increase", "place_reduce", "redeem", "withdraw_margin"), 1),
    **dict.fromkeys(("claim", "decrease", "deleverage", "open for another", "place_limit", "sweep"), 2),
    **dict.fromkeys(("request", "resume the oracle", "resume_opening", "set_parameters"), 3),
    **dict.fromkeys(("call_margin", "give", "observe"), 4),
    **{"approve": 8, "open": 10, "open tightly": 8, "liquidate": 15, "push": 100},
}
MOVING_REFUSED = {
    **dict.fromkeys(("call_margin", "close", "request", "usurp"), 1),
    **dict.fromkeys(("claim", "close at a limit", "increase", "place_reduce", "redeem"), 2),
    **dict.fromkeys(("intrude", "open", "withdraw all", "withdraw_margin"), 3),
    **{"deleverage": 10, "liquidate": 15, "open tightly": 5, "push": 5},
}
MOVING_SEEN = {"liquidated in part": 10, "liquidated in full": 8, "bad debt": 2, "margin called": 2}
MOVING_REASONS = {
    ("deleverage", "market: deleverage not needed"): 5,
    ("deleverage", "market: deleverage does not help"): 1,
    ("liquidate", "market: top-up grace"): 10,
    ("open", "oracle: grace after outage"): 1,
}

STILL_DONE = {
    **dict.fromkeys(("execute", "place_reduce", "resume_opening", "set_parameters", "withdraw all"), 1),
    **dict.fromkeys(("add margin by stranger", "add_margin", "call_margin", "close at a limit"), 2),
    **dict.fromkeys(("deposit", "place_limit", "redeem", "withdraw_margin"), 3),
    **dict.fromkeys(("decrease", "give", "increase", "liquidate"), 4),
    **dict.fromkeys(("approve", "close", "open for another", "open tightly"), 8),
    **{"open": 15},
}
STILL_REFUSED = {
    **dict.fromkeys(("approve by manager", "claim", "decrease", "redeem"), 1),
    **dict.fromkeys(("deleverage", "close at a limit", "execute", "increase", "withdraw all"), 3),
    **dict.fromkeys(("intrude", "liquidate", "open", "open tightly", "usurp", "withdraw_margin"), 4),
}
STILL_SEEN = {"liquidated in part": 2, "liquidated in full": 4, "bad debt": 2, "order: executed": 1}


def counts_of(machine: type[MarketMachine], profile: settings, seed: int, record_property) -> Counts:
    """Run half a machine, and hand over its counts whatever comes of them."""
    fresh = machine.with_sources(None)
    try:
        run(fresh, profile, seed)
    finally:
        record_property(PROPERTY, (machine.name, fresh.counts.as_dict()))
    return fresh.counts


@pytest.mark.parametrize("half", MOVING_HALVES)
def test_dynamic_machine__sound_contracts__agree_with_model_and_keep_the_books(half, record_property):
    counts = counts_of(DynamicMachine, CI, half, record_property)
    assert counts.shortfalls(MOVING_DONE, MOVING_REFUSED, MOVING_SEEN, MOVING_REASONS) == []
    assert sum(counts.done(action) for action in BY_A_MANAGER) >= 1
    assert [action for action in NEVER_DONE if counts.done(action)] == []


@pytest.mark.parametrize("half", STILL_HALVES)
def test_static_machine__sound_contracts__nobody_gains_and_no_position_becomes_unsound(half, record_property):
    counts = counts_of(StaticMachine, settings(CI, max_examples=24), half, record_property)
    assert counts.shortfalls(STILL_DONE, STILL_REFUSED, STILL_SEEN) == []
    assert sum(counts.seen[name.replace("_", " ")] for name in TRIPS) >= len(TRIPS)
    assert sum(counts.done(action) for action in BY_A_MANAGER) >= 1
    assert [action for action in NEVER_DONE if counts.done(action)] == []
