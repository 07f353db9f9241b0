"""Tries to gain by going in and out at one price and time (I12)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from isomargin.chain import Transaction
from isomargin.invariants.catalogue import NO_FREE_TRIP
from isomargin.invariants.probes.rehearsal import FOREVER, Rehearsal
from isomargin.units import WAD

__all__ = ["try_trips"]

_ANY_BUY, _ANY_SALE = 2**255, 0
_MULTIPLES = (1, 20)
"""Of the least size, tried on both sides."""


def try_trips(rehearsal: Rehearsal) -> None:
    """Let a stranger with plenty make round trips, each within one block."""
    now = rehearsal.next_moment()
    if now.refusal or rehearsal.price_refused() or now.price <= 0:
        return
    largest = max(_MULTIPLES) * rehearsal.least_size() * now.price // WAD
    margin = rehearsal.tokens_worth(largest) + now.parameters.keeper_reserve
    with rehearsal.with_stranger(4 * margin):
        for multiple in _MULTIPLES:
            for sign in (1, -1):
                size = sign * multiple * rehearsal.least_size()
                for name, trip in _trades(rehearsal, size, margin):
                    _try_trip(rehearsal, f"{name} {size}", trip)
        if rehearsal.system.terms.pool.cooldown == 0:
            _try_trip(rehearsal, "deposit and redeem", _deposit(rehearsal, margin))


def _trades(rehearsal: Rehearsal, size: int, margin: int) -> Iterator[tuple[str, list[Transaction]]]:
    """Trips through a position that is opened first and closed last."""
    system, stranger = rehearsal.system, rehearsal.stranger
    position_id = rehearsal.history.book.last_id + 1
    into, out_of = (_ANY_BUY, _ANY_SALE) if size > 0 else (_ANY_SALE, _ANY_BUY)
    start = system.open(stranger, size, margin, into, FOREVER)
    end = system.close(stranger, position_id, out_of, FOREVER)
    part = abs(size) // 3 + 1  # what is left twice is above the least notional, then half of it
    yield "open and close", [start, end]
    yield (
        "open, top up, withdraw and close",
        [
            start,
            system.add_margin(stranger, position_id, margin // 2 + 1),
            system.withdraw_margin(stranger, position_id, margin // 2 + 1),
            end,
        ],
    )
    yield (
        "open, enlarge, reduce and close",
        [
            start,
            system.increase(stranger, position_id, part, into, FOREVER),
            system.decrease(stranger, position_id, part, out_of, FOREVER),
            system.decrease(stranger, position_id, part, out_of, FOREVER),
            end,
        ],
    )


def _deposit(rehearsal: Rehearsal, amount: int) -> list[Transaction]:
    """In and out; how many shares a deposit at that very moment gives is tried out first."""
    system, stranger = rehearsal.system, rehearsal.stranger
    deposit = system.deposit(stranger, amount)
    with rehearsal.undone():
        rehearsal.mine(deposit)
        shares = int(system.pool.call("balanceOf", stranger))
    return [deposit, system.redeem(stranger, shares)]


def _try_trip(rehearsal: Rehearsal, name: str, trip: Sequence[Transaction]) -> None:
    """A trip whose last step fails has not come back, and says nothing."""
    system, stranger = rehearsal.system, rehearsal.stranger
    with rehearsal.undone():
        before = system.token_balance(stranger)
        if not rehearsal.attempt(*trip).success:
            return
        gain = system.token_balance(stranger) - before
        rehearsal.tally.check(
            NO_FREE_TRIP, gain <= 0, lambda: f"{rehearsal.place}: to {name} gains {gain} token units"
        )
