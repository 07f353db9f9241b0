"""How much of a liquidatable position a liquidation closes: a policy is one function of its figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from isomargin.model.arithmetic import ceil_div
from isomargin.units import WAD

__all__ = ["DEFAULT_HEALTH_TARGET", "LiquidationContext", "Policy", "full", "half_then_all", "target_health"]

DEFAULT_HEALTH_TARGET = 1_200_000_000_000_000_000
"""WAD multiple of maintenance that a partial liquidation restores."""


@dataclass(frozen=True, slots=True)
class LiquidationContext:
    """A position just before its liquidation.

    Attributes
    ----------
    size : int
        Magnitude, WAD base.
    price : int
        WAD quote per base.
    notional, equity, maintenance : int
        WAD quote; equity is below maintenance.
    fee_ratio : int
        Penalty as a share of the notional closed, WAD.
    """

    size: int
    price: int
    notional: int
    equity: int
    maintenance: int
    fee_ratio: int


Policy = Callable[[LiquidationContext], int]
"""Answers the quantity to close, WAD base; the market closes everything at 0 or at the size and above."""


def full(context: LiquidationContext) -> int:
    """Close everything."""
    return context.size


def half_then_all(context: LiquidationContext, small_notional: int) -> int:
    """Close half; all of what is small, or has less equity than half of its maintenance.

    Parameters
    ----------
    context : LiquidationContext
        The position.
    small_notional : int
        Up to which a position is closed at once, WAD quote.

    Returns
    -------
    int
        WAD base, up.
    """
    if context.notional <= small_notional or 2 * context.equity < context.maintenance:
        return context.size
    return ceil_div(context.size, 2)


def target_health(context: LiquidationContext, health_target: int = DEFAULT_HEALTH_TARGET) -> int:
    """Close the least that leaves the rest at `health_target` times its maintenance, the penalty paid.

    With ``t = health_target * R / N`` the rest must satisfy ``E - fee * x >= t * (N - x)``; because
    maintenance is convex, a rest at ratio ``t`` is at least at `health_target`.

    Parameters
    ----------
    context : LiquidationContext
        The position.
    health_target : int
        WAD multiple of maintenance.

    Returns
    -------
    int
        WAD base, up; the whole size if nothing less is enough.
    """
    if context.notional == 0:
        return context.size
    target = ceil_div(health_target * context.maintenance, context.notional)
    if target <= context.fee_ratio:
        return context.size
    missing = target * context.notional - context.equity * WAD
    notional_to_close = ceil_div(missing, target - context.fee_ratio)
    if notional_to_close >= context.notional:
        return context.size
    return ceil_div(notional_to_close * WAD, context.price)
