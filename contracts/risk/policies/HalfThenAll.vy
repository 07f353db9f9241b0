# pragma version 0.4.3
"""
@title Half, then all
@notice Closes half of a position; all of one that is small, or whose equity is below half of its maintenance.
"""

from ...interfaces import ILiquidationPolicy
from ...market import fixed_point

implements: ILiquidationPolicy

small_notional: public(immutable(uint256))  # WAD quote


@deploy
def __init__(small_notional_: uint256):
    """
    @param small_notional_ A position of at most this notional is closed at once, WAD quote.
    """
    small_notional = small_notional_


@view
@external
def size_to_close(context: ILiquidationPolicy.LiquidationContext) -> uint256:
    """
    @notice The part of the position to close.
    @param context The position just before its liquidation.
    @return WAD base, rounded up.
    """
    if context.notional <= small_notional or 2 * context.equity < convert(context.maintenance, int256):
        return context.size
    return fixed_point.div_up(context.size, 2)
