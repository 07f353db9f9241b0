"""Contracts broken on purpose, and which machine has to notice."""

from __future__ import annotations

from tests.invariants.breaking import Mutant, mutant, sources_of
from tests.invariants.mutants import MUTANTS as KNOWN

__all__ = ["FOUND_BY_STILLNESS_ALONE", "MUTANTS", "PLACES", "sources_of"]

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
TO_THE_MANAGER = mutant(
    "I18",
    "a manager withdraws for itself",
    (
        "market/margining.vy",
        "vaults.pay(vault, state.owner, amount)",
        "vaults.pay(vault, msg.sender, amount)",
    ),
)
PREMIUM_TURNED = mutant(
    "I5",
    "the premium counts for the pool",
    (
        "market/obligations.vy",
        "+ convert(pricing.premium(price, skew, skew_scale), int256)",
        "- convert(pricing.premium(price, skew, skew_scale), int256)",
    ),
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
    TO_THE_MANAGER,
    PREMIUM_TURNED,
    mutant(
        "I18",
        "a manager may claim",
        (
            "market/margining.vy",
            "assert state.owner == msg.sender, positions.NOT_OWNER",
            "assert state.owner == msg.sender or positions.managers[id] == msg.sender, positions.NOT_OWNER",
        ),
    ),
    mutant(
        "I18",
        "a winner is closed though it does not help",
        (
            "market/deleveraging.vy",
            'assert books.claims(price, index) < claims, "market: deleverage does not help"',
            "pass",
        ),
    ),
    mutant(
        "I7",
        "nobody has a grace after an outage",
        (
            "market/liquidation.vy",
            "if price.in_grace and self.was_sound(before, margin, price.before, index):",
            "if False:",
        ),
    ),
    mutant(
        "I15",
        "a pause of the oracle stops nothing",
        ("oracle/Oracle.vy", 'assert not outages.is_paused(record), "oracle: paused"', "pass"),
    ),
    mutant(
        "I18",
        "an order executes at the price that its owner knew",
        ("periphery/due_orders.vy", "if moment.round_id <= order.placed_round:", "if False:"),
    ),
    mutant(
        "I3",
        "an order that ends keeps its deposit",
        ("periphery/TriggerOrders.vy", "    escrow.pay(order.owner, order.deposit)\n", ""),
    ),
    mutant(
        "I6",
        "a moving funding rate knows no bound",
        ("market/rates.vy", "    if abs(rate) <= bound:\n", "    if velocity != 0:\n"),
    ),
)

FOUND_BY_STILLNESS_ALONE = (
    UNASKED,
    AT_THE_SKEW_BEFORE,
    known("anybody may trade a position"),
    known("liquidation begins at twice the maintenance margin"),
    TO_THE_MANAGER,
    PREMIUM_TURNED,
)
"""Found without the model and the monitor, by what the still world allows."""

PLACES = {
    "a trade fills at the skew before it": ("open_tightly",),
    "a manager withdraws for itself": ("manage",),
    "a manager may claim": ("manage",),
    "a winner is closed though it does not help": ("deleverage_in_vain",),
    "nobody has a grace after an outage": ("outage",),
    "a pause of the oracle stops nothing": ("pause_the_oracle_and_try",),
    "an order executes at the price that its owner knew": ("place_limit", "place_reduce", "execute"),
    "an order that ends keeps its deposit": ("place_limit", "pull_the_trigger"),
    "a moving funding rate knows no bound": ("outage", "wait"),
}
"""What a short run is steered to, by fault, where all else would need a long one to come across it."""
