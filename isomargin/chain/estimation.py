"""The least gas limit that a transaction succeeds with, found by rehearsing it."""

from __future__ import annotations

from collections.abc import Callable

from isomargin.chain.types import Rehearsal
from isomargin.errors import ChainError, TransactionReverted

__all__ = ["least_gas"]

_OUT_OF_GAS = "out of gas"
_STIPEND = 2_300  # of a call with value, which may be left over though it had to be there


def least_gas(rehearse: Callable[[int], Rehearsal], least: int, most: int) -> int:
    """Search by halves as geth does, but between close bounds: what it takes when it has all the gas tells.

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
    if first.gas_used is not None and first.gas_peak is not None:
        low = max(low, first.gas_used - 1)
        # just what it took; one less would not do; or what frames need that keep a 64th from those they call
        for guess in (first.gas_peak, first.gas_peak - 1, (first.gas_peak + _STIPEND) * 64 // 63):
            if low < guess < high:
                low, high = (low, guess) if rehearse(guess).success else (guess, high)
    while low + 1 < high:
        middle = min((low + high) // 2, 2 * low)  # most transactions need far less than they may use
        low, high = (low, middle) if rehearse(middle).success else (middle, high)
    return high
