"""Faults in what the market adds up: over positions, over time, over all bad debt."""

from __future__ import annotations

from tests.invariants.breaking import mutant

__all__ = ["SUMS"]

SUMS = (
    mutant(
        "I4",
        "short open interest never falls",
        ("market/positions.vy", "- min(after.size, 0) + min(before.size, 0)", "- min(after.size, 0)"),
        kind="aggregate",
    ),
    mutant(
        "I4",
        "the funding basis keeps what is gone",
        ("market/positions.vy", " - before.size * before.funding_index", ""),
        kind="aggregate",
    ),
    mutant(
        "I4",
        "costs are only added",
        ("market/positions.vy", "self.cost_sum() + after.cost - before.cost", "self.cost_sum() + after.cost"),
        kind="aggregate",
    ),
    mutant(
        "I5",
        "the pool forgets what it owes traders",
        (
            "custody/pool_books.vy",
            "worth: int256 = convert(cash * SCALE, int256) - claims",
            "worth: int256 = convert(cash * SCALE, int256)",
        ),
        kind="aggregate",
    ),
    mutant(
        "I5",
        "claims forget funding",
        ("market/obligations.vy", "return pnl - funding + ", "return pnl + "),
        kind="aggregate",
    ),
    mutant(
        "I5",
        "claims forget the premium",
        (
            "market/obligations.vy",
            " + convert(pricing.premium(price, skew, skew_scale), int256)",
            "",
        ),
        kind="aggregate",
    ),
    mutant(
        "I6",
        "each accrual counts a second twice",
        ("market/rates.vy", "accrual.at = at", "accrual.at = at - 1"),
        kind="aggregate",
    ),
    mutant(
        "I14",
        "a position that ends takes the funding of the one before along",
        (
            "market/positions.vy",
            "    if before.owner != after.owner:\n",
            "    if after.size == 0 and id > 1:\n"
            "        self.slots[id - 1].terms = before.keeper_reserve\n"
            "    if before.owner != after.owner:\n",
        ),
        kind="aggregate",
    ),
    mutant(
        "I16",
        "bad debt is counted twice",
        ("market/settlement.vy", "self.bad_debt += shortfall", "self.bad_debt += 2 * shortfall"),
        kind="aggregate",
    ),
    mutant(
        "I17",
        "only the last bad debt is remembered",
        ("market/settlement.vy", "self.bad_debt += shortfall", "self.bad_debt = shortfall"),
        kind="aggregate",
    ),
)
