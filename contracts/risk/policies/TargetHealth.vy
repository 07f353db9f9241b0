# pragma version 0.4.3
"""
@title Target health
@notice Closes the least that brings the rest of the position to a multiple of its maintenance.
        With t the equity per notional that is `health_target` times maintenance now, the least x with
        equity - fee * x >= t * (notional - x). Maintenance is convex, so a rest at t is at least that healthy.
"""

from ...interfaces import ILiquidationPolicy
from ...market import fixed_point

implements: ILiquidationPolicy

WAD: constant(uint256) = 10**18
MAX_TARGET: constant(uint256) = 10 * 10**18

health_target: public(immutable(uint256))  # equity / maintenance of the rest, WAD


@deploy
def __init__(target: uint256):
    """
    @param target Equity over maintenance that a partial liquidation restores, WAD, from 10**18 to 10 times that.
    """
    assert target >= WAD, "policy: target below one"
    assert target <= MAX_TARGET, "policy: target too high"
    health_target = target


@view
@external
def size_to_close(context: ILiquidationPolicy.LiquidationContext) -> uint256:
    """
    @notice The part of the position to close.
    @param context The position just before its liquidation.
    @return WAD base, rounded up; the whole size when no part would do.
    """
    notional: uint256 = context.notional
    if notional == 0:
        return context.size
    target_ratio: uint256 = fixed_point.mul_div_up(health_target, context.maintenance, notional)
    if target_ratio <= context.fee_ratio:
        return context.size  # closing costs more than it frees

    shortfall: int256 = convert(target_ratio * notional, int256) - context.equity * fixed_point.SIGNED_WAD
    relief: int256 = convert(target_ratio - context.fee_ratio, int256)
    notional_to_close: int256 = fixed_point.signed_div_up(shortfall, relief)
    if notional_to_close >= convert(notional, int256):
        return context.size
    return fixed_point.mul_div_up(convert(notional_to_close, uint256), WAD, context.price)
