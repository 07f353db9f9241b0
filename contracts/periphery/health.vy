# pragma version 0.4.3
"""
@title Health
@notice How a position stands, from its equity and its maintenance margin. Pure.
"""
from ..market import fixed_point

NOT_OPEN: constant(uint256) = 0  # never opened, or ended
HEALTHY: constant(uint256) = 1
MARGIN_CALL: constant(uint256) = 2
LIQUIDATABLE: constant(uint256) = 3
INSOLVENT: constant(uint256) = 4


@internal
@pure
def status(equity: int256, maintenance: uint256, call_ratio: uint256) -> uint256:
    """
    @dev Equality is safe.
    """
    if equity <= 0:
        return INSOLVENT
    held: uint256 = convert(equity, uint256)
    if held < maintenance:
        return LIQUIDATABLE
    if held * fixed_point.WAD < call_ratio * maintenance:
        return MARGIN_CALL
    return HEALTHY


@internal
@pure
def margin_ratio(equity: int256, maintenance: uint256) -> uint256:
    """
    @dev Equity per maintenance, WAD, rounded down; 0 when there is no equity or nothing to maintain.
    """
    if equity <= 0 or maintenance == 0:
        return 0
    return convert(equity, uint256) * fixed_point.WAD // maintenance
