"""The least gas limit that a transaction succeeds with, found by rehearsing it."""

from __future__ import annotations

from collections.abc import Callable

from isomargin.chain.types import Rehearsal
from isomargin.errors import ChainError, TransactionReverted

__all__ = ["least_gas"]

_OUT_OF_GAS = "out of gas"
_STIPEND = 2_300  # of a call with value, which may be left over though it had to be there


def least_gas(rehearse: Callable[[int], Rehearsal], least: int, most: int) -> int:
    """Search as geth does: once with all the gas, then between what that used and what surely suffices.

    Parameters
    ----------
    rehearse : callable
        Plays the transaction with a gas limit.
    least, most : int
        Gas: the intrinsic gas, and the limit that must not be exceeded.

    Raises
    ------
    TransactionReverted
        If it fails for another reason than gas.
    ChainError
        If `most` is not enough.
    """
    if most < least:
        raise ChainError(f"gas required exceeds allowance ({most})")
    first = rehearse(most)
    if not first.success:
        if first.reason == _OUT_OF_GAS:
            raise ChainError(f"gas required exceeds allowance ({most})")
        raise TransactionReverted(first.reason, first.data)
    low, high = least - 1, most
    if first.gas_used is not None:
        low = max(low, first.gas_used - 1)
        # each frame holds back a 64th of what it has from those that it calls
        likely = (first.gas_used + first.gas_used // 4 + _STIPEND) * 64 // 63
        if likely < high and rehearse(likely).success:
            high = likely
    while low + 1 < high:
        middle = min((low + high) // 2, 2 * low) if low else (low + high) // 2
        if rehearse(middle).success:
            high = middle
        else:
            low = middle
    return high
