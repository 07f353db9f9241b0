"""Contracts broken on purpose, and which machine has to notice."""

from __future__ import annotations

from tests.invariants.breaking import Mutant, mutant, sources_of
from tests.invariants.mutants import MUTANTS as KNOWN

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
            "market/LiquidationPlanner.vy",
            "min(fixed_point.div_up(fee, case.token_scale), most // case.token_scale)",
            "fixed_point.div_up(fee, case.token_scale)",
        ),
    ),
    mutant(
        "I6",
        "funding runs the other way",
        (
            "market/rates.vy",
            "doubled_area * convert(price, int256), 2",
            "-doubled_area * convert(price, int256), 2",
        ),
    ),
    mutant(
        "I3",
        "positions are enlarged while opening is paused",
        (
            "market/trading.vy",
            "    self.check_opening()\n    before: positions.State = positions.read_managed(id)",
            "    before: positions.State = positions.read_managed(id)",
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
        ("custody/pool_books.vy", "return assets - min(books.reserve, assets)", "return assets"),
    ),
)

FOUND_BY_STILLNESS_ALONE = (
    UNASKED,
    AT_THE_SKEW_BEFORE,
    known("anybody may trade a position"),
    known("liquidation begins at twice the maintenance margin"),
)
"""Found without the model and the monitor, by what the still world allows."""
