"""The only place where human numbers become integers and back; every other floor counts in units.

``WAD`` (10**18) is the scale of prices, sizes, ratios and quote amounts; token units are the collateral
token's own. Text and decimals convert exactly or not at all; floats are for statistics and plots.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

from isomargin.errors import InputError

__all__ = ["WAD", "from_units", "from_wad", "to_float", "to_units", "to_wad"]

WAD = 10**18
_DIGITS = 100  # enough for any 256-bit integer with its fraction


def to_units(amount: str | int | float | Decimal, decimals: int) -> int:
    """Convert a human amount to integer units, exactly.

    Parameters
    ----------
    amount : str, int, float or Decimal
        A float counts as the shortest decimal that prints it (``0.1`` is one tenth).
    decimals : int
        Digits behind the point of one whole.

    Raises
    ------
    InputError
        If it is not a finite number, or has more digits than `decimals`.
    """
    with localcontext() as context:
        context.prec = _DIGITS
        try:
            scaled = Decimal(str(amount)).scaleb(decimals)
            exact = scaled.to_integral_value()
        except ArithmeticError:  # whatever decimal dislikes
            raise InputError(f"expected a number, found {amount!r}") from None
        if not scaled.is_finite():
            raise InputError(f"expected a finite number, found {amount!r}")
        if exact != scaled:
            raise InputError(f"{amount} has more than {decimals} digits behind the point")
        return int(exact)


def from_units(units: int, decimals: int) -> str:
    """Convert integer units to the exact decimal text of the amount, without trailing zeros.

    >>> from_units(-1_500_000, 6)
    '-1.5'
    """
    sign = "-" if units < 0 else ""
    whole, fraction = divmod(abs(units), 10**decimals)
    digits = f"{fraction:0{decimals}d}".rstrip("0") if decimals and fraction else ""
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


def to_wad(amount: str | int | float | Decimal) -> int:
    """Convert a human price, size, ratio or quote amount to WAD, exactly."""
    return to_units(amount, 18)


def from_wad(amount: int) -> str:
    """Convert a WAD integer to its exact decimal text."""
    return from_units(amount, 18)


def to_float(units: int, decimals: int = 18) -> float:
    """Convert units to a float, for statistics and plots only."""
    return float(units / 10**decimals)
