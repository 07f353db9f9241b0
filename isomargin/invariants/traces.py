"""Underneath a transaction: whose storage it wrote (I14), and how often it entered the market (I19)."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from eth_utils.crypto import keccak

from isomargin.chain import TransactionTrace
from isomargin.invariants.catalogue import ISOLATION, REENTRANCY
from isomargin.invariants.findings import Tally

__all__ = ["check_frames", "check_storage"]

_FIXED_SLOTS = 2**64
"""Below are a contract's plain variables, of which none is about one position; above, hashes."""

_MAPPINGS = 64
"""Slots in which a mapping may stand."""

_WORDS = 8
"""Words that a mapping keeps of one position at the most."""


def check_storage(
    trace: TransactionTrace, market: str, named: Collection[int], place: str, tally: Tally
) -> None:
    """Check that the market wrote plain variables and the words of the positions named, nothing else.

    A mapping from ids, whichever it is, keeps its words from ``keccak256(slot . id)`` on.
    """
    allowed = {start + word for number in named for start in _starts(number) for word in range(_WORDS)}
    for contract, slot in trace.storage:
        if contract == market and slot >= _FIXED_SLOTS:
            tally.check(
                ISOLATION,
                slot in allowed,
                lambda slot=slot: f"{place}: wrote to slot {slot:#x}, which no position named has",  # type: ignore[misc]
            )


def check_frames(trace: TransactionTrace, market: str, place: str, tally: Tally) -> None:
    """Check that nothing that may write entered the market while it was at work, and came through."""
    path: list[bool] = []  # for each depth above the frame: whether it is at work in the market
    failed_below: int | None = None  # depth of a frame that failed: what is inside it never happened
    for frame in trace.frames:
        del path[frame.depth :]
        if failed_below is not None and frame.depth <= failed_below:
            failed_below = None
        if failed_below is None and not frame.success:
            failed_below = frame.depth
        writes = frame.address == market and not frame.is_static
        if writes and failed_below is None:
            tally.check(REENTRANCY, not any(path), f"{place}: the market was entered while it was at work")
        path.append(writes)


@lru_cache(maxsize=4_096)
def _starts(position_id: int) -> tuple[int, ...]:
    key = position_id.to_bytes(32, "big")
    return tuple(int.from_bytes(keccak(slot.to_bytes(32, "big") + key), "big") for slot in range(_MAPPINGS))
