"""Tries to act while the price is too old: only adding margin works (I15)."""

from __future__ import annotations

from collections.abc import Sequence

from isomargin.invariants.catalogue import ORACLE
from isomargin.invariants.probes.rehearsal import FOREVER, Rehearsal
from isomargin.units import WAD

__all__ = ["try_bad_prices"]


def try_bad_prices(rehearsal: Rehearsal, ids: Sequence[int]) -> None:
    """Wait until the price is stale; then let strangers top up, and owners and strangers do the rest."""
    guards = rehearsal.history.circumstances.guards
    if guards is None:
        return
    system, stranger = rehearsal.system, rehearsal.stranger
    with rehearsal.with_stranger(len(ids) + 1):
        rehearsal.mine(after=guards.max_age + 1)
        for position_id in ids:
            place = f"{rehearsal.place}, position {position_id}, the price stale"
            with rehearsal.undone():
                receipt = rehearsal.attempt(system.add_margin(stranger, position_id, 1))
                rehearsal.tally.check(
                    ORACLE,
                    receipt.success,
                    lambda place=place, receipt=receipt: (  # type: ignore[misc]
                        f"{place}: adding margin failed: {receipt.revert_reason!r}"
                    ),
                )
                _try_refused(rehearsal, position_id, place)


def _try_refused(rehearsal: Rehearsal, position_id: int, place: str) -> None:
    """What needs a price must fail for the oracle's reason, whatever else would be wrong with it."""
    system, stranger = rehearsal.system, rehearsal.stranger
    attempts = {"liquidating": system.liquidate(stranger, position_id)}
    if not system.market.call("opening_paused"):  # which is looked at before the price
        attempts["opening"] = system.open(stranger, WAD, 0, 2**255, FOREVER)
    for name, transaction in attempts.items():
        with rehearsal.undone():
            receipt = rehearsal.attempt(transaction)
            rehearsal.tally.check(
                ORACLE,
                not receipt.success and receipt.revert_reason.startswith("oracle: "),
                lambda name=name, receipt=receipt: (  # type: ignore[misc]
                    f"{place}: {name} was not refused by the oracle, but: {receipt.revert_reason!r}"
                ),
            )
