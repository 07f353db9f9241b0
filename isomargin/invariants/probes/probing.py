"""All probes one after the other, on a sample of positions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from isomargin.invariants.findings import Finding, Tally
from isomargin.invariants.history import History
from isomargin.invariants.probes.bad_prices import try_bad_prices
from isomargin.invariants.probes.exits import try_claims, try_exits
from isomargin.invariants.probes.liquidations import try_liquidations
from isomargin.invariants.probes.rehearsal import Rehearsal
from isomargin.invariants.probes.trips import try_trips
from isomargin.protocol import System

__all__ = ["MOST_POSITIONS", "probe_with"]

MOST_POSITIONS = 8
"""Positions that each probe tries, where nothing else is asked."""


def probe_with(
    system: System, history: History, most: int = MOST_POSITIONS, rng: np.random.Generator | None = None
) -> list[Finding]:
    """Try everything, at the newest block; the chain is afterwards what it was, to the bit.

    Parameters
    ----------
    history : History
        Of all blocks up to the newest.
    most : int
        Positions that each probe tries.
    rng : numpy.random.Generator, optional
        Chooses them; without one, the same are chosen each time.
    """
    luck = np.random.default_rng(0) if rng is None else rng
    tally = Tally()
    rehearsal = Rehearsal(system, history, tally)
    book = history.book
    with rehearsal.undone():  # whoever is named for the first time gets ether
        chosen = _sample(luck, book.positions, most)
        try_liquidations(rehearsal, chosen)
        try_exits(rehearsal, chosen)
        claimable = [number for number, gone in book.ended.items() if book.balance(gone.vault)]
        try_claims(rehearsal, _sample(luck, claimable, most))
        try_bad_prices(rehearsal, chosen[:2])
        try_trips(rehearsal)
    return tally.findings(history.block_number)


def _sample(rng: np.random.Generator, ids: Iterable[int], most: int) -> list[int]:
    """At most so many of them, in rising order."""
    candidates = sorted(ids)
    if len(candidates) <= most:
        return candidates
    return sorted(int(number) for number in rng.choice(candidates, size=most, replace=False))
