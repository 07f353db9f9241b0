"""A market with people for tests: what the pytest plugin's fixtures hand out, for use with or without it."""

from isomargin.testing.assertions import assert_events, assert_invariants, assert_isolated, assert_solvent
from isomargin.testing.market import Market, Oracle
from isomargin.testing.people import Person
from isomargin.testing.position import Position
from isomargin.testing.result import Result
from isomargin.testing.reverts import reverts

__all__ = [
    "Market",
    "Oracle",
    "Person",
    "Position",
    "Result",
    "assert_events",
    "assert_invariants",
    "assert_isolated",
    "assert_solvent",
    "reverts",
]
