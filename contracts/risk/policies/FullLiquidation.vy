# pragma version 0.4.3
"""
@title Full liquidation
@notice Closes all of a liquidatable position.
"""

from ...interfaces import ILiquidationPolicy

implements: ILiquidationPolicy


@view
@external
def size_to_close(context: ILiquidationPolicy.LiquidationContext) -> uint256:
    """
    @notice The part of the position to close.
    @param context The position just before its liquidation.
    @return WAD base: its whole size.
    """
    return context.size
