"""Contracts broken on purpose, and which machine has to notice."""

from __future__ import annotations

from hashlib import sha256

from isomargin.contracts import cache_directory, contracts_root
from isomargin.protocol import Sources
from tests.invariants.mutants import MUTANTS as KNOWN
from tests.invariants.mutants import Mutant, broken_sources, mutant

__all__ = ["FOUND_BY_STILLNESS_ALONE", "MUTANTS", "sources_of"]

UNASKED = mutant(
    "I3",
    "margin leaves without a look at health",
    ("market/margining.vy", "books.check_initial_margin(rest, worth.notional)", "pass"),
)
AT_THE_SKEW_BEFORE = mutant(
    "I3",
    "a trade fills at the skew before it",
    ("market/pricing.vy", "scale + 2 * skew + size_delta", "scale + 2 * skew"),
)


def known(fault: str) -> Mutant:
    """A mutant of the invariants' tests."""
    (found,) = [each for each in KNOWN if each.fault == fault]
    return found


MUTANTS = (
    UNASKED,
    AT_THE_SKEW_BEFORE,
    known("anybody may trade a position"),
    known("short open interest never falls"),
    known("the trade fee is rounded down"),
    mutant(
        "I3",
        "settlements are rounded up",
        (
            "market/valuation.vy",
            "fixed_point.signed_div_down(amount, convert(token_scale, int256))",
            "fixed_point.signed_div_up(amount, convert(token_scale, int256))",
        ),
    ),
    mutant(
        "I3",
        "the penalty knows no cap",
        (
            "market/liquidation_plan.vy",
            "min(fixed_point.div_up(fee, terms.token_scale), most // terms.token_scale)",
            "fixed_point.div_up(fee, terms.token_scale)",
        ),
    ),
    mutant(
        "I6",
        "funding runs the other way",
        ("market/funding.vy", "rate * convert(price, int256) * elapsed", "-rate * convert(price, int256) * elapsed"),
    ),
    mutant(
        "I3",
        "positions are enlarged while opening is paused",
        (
            "market/trading.vy",
            "    self.check_opening()\n    before: positions.State = positions.read_own(id)",
            "    before: positions.State = positions.read_own(id)",
        ),
    ),
    mutant(
        "I1",
        "an owner claims what an open position holds",
        ("market/margining.vy", 'assert state.size == 0, "market: position is open"', "pass"),
    ),
    mutant(
        "I5",
        "the reserve may leave the pool",
        ("custody/pool_books.vy", "return assets - min(reserve, assets)", "return assets"),
    ),
)

FOUND_BY_STILLNESS_ALONE = (
    UNASKED,
    AT_THE_SKEW_BEFORE,
    known("anybody may trade a position"),
    known("liquidation begins at twice the maintenance margin"),
)
"""Found without the model and the monitor, by what the still world allows."""


def sources_of(broken: Mutant) -> Sources:
    """Write the broken copy to where the compile cache knows it again, and return the sources."""
    checkout = sha256(str(contracts_root()).encode()).hexdigest()[:16]
    return broken_sources(broken, cache_directory() / "mutants" / checkout / broken.fault.replace(" ", "-"))
