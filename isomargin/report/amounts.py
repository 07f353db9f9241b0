"""Integers as text for people: rounded and grouped, always beside the exact value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, localcontext

from isomargin.units import from_units

__all__ = ["Amount", "amount", "count", "headline", "percent", "price_digits", "step_digits", "utc"]

_MINUS = "\u2212"  # as wide as a digit; the hyphen is not


@dataclass(frozen=True)
class Amount:
    """A number on the page.

    Attributes
    ----------
    text : str
        Rounded, with thousands separators.
    exact : str
        The exact decimal text, for the title and for sorting.
    unit : str
        What it counts, for example "USDC".
    """

    text: str
    exact: str
    unit: str = ""


def amount(value: int, decimals: int, unit: str = "", *, digits: int = 2, signed: bool = False) -> Amount:
    """Round an amount to `digits` behind the point.

    What is not zero never reads as zero: an amount too small for `digits` reads as below the least one shown.

    Parameters
    ----------
    value : int
        In units of ``10**-decimals``.
    decimals : int
        Digits behind the point of one whole.
    unit : str
        What it counts.
    digits : int
        Shown behind the point.
    signed : bool
        Show the plus of a gain too.

    >>> amount(-1_234_567_890, 6).text
    '\u22121,234.57'
    """
    exact = from_units(value, decimals)
    sign = _MINUS if value < 0 else "+" if signed and value > 0 else ""
    rounded, least = _rounded(abs(value), decimals, digits)
    if rounded == 0 and value != 0:
        return Amount(f">{_MINUS}{least:f}" if value < 0 else f"<{least:f}", exact, unit)
    return Amount(f"{sign}{rounded:,f}", exact, unit)


def headline(value: int, decimals: int, unit: str = "", *, signed: bool = False) -> Amount:
    """Round an amount for a headline: whole numbers from 1,000 on, two digits behind the point below."""
    large = abs(value) >= 1_000 * 10**decimals
    return amount(value, decimals, unit, digits=0 if large else 2, signed=signed)


def count(value: int, unit: str = "") -> Amount:
    """A number of things."""
    return amount(value, 0, unit, digits=0)


def percent(part: int, whole: int, *, signed: bool = False) -> str:
    """A share as text with one digit behind the point; empty when there is no whole."""
    if whole == 0:
        return ""
    permille = (abs(part) * 2000 + abs(whole)) // (2 * abs(whole))
    negative = (part < 0) != (whole < 0) and permille > 0
    sign = _MINUS if negative else "+" if signed and permille > 0 else ""
    return f"{sign}{permille // 10:,}.{permille % 10}%"


def price_digits(lowest: int) -> int:
    """Digits behind the point that show five significant ones of the lowest WAD price, two at least."""
    return max(2, min(18, 23 - len(str(lowest)))) if lowest > 0 else 2


def step_digits(width: int) -> int:
    """Digits behind the point that tell WAD prices apart which are `width` apart or a multiple of it."""
    digits = 18
    while digits and width % 10 == 0:
        width, digits = width // 10, digits - 1
    return digits


def utc(timestamp: int, *, year: bool = True) -> str:
    """A Unix time as text, to the minute, UTC."""
    moment = datetime.fromtimestamp(timestamp, tz=UTC)
    return f"{moment:%Y-%m-%d %H:%M}" if year else f"{moment:%d %b %H:%M}"


def _rounded(value: int, decimals: int, digits: int) -> tuple[Decimal, Decimal]:
    """The amount with `digits` behind the point, half to even, and the least amount that has them."""
    with localcontext() as context:
        context.prec = 100
        least = Decimal(1).scaleb(-digits)
        return Decimal(value).scaleb(-decimals).quantize(least), least
