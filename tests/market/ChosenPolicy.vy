# pragma version 0.4.3
"""
@title Chosen policy
@notice A liquidation policy that answers whatever a test wants.
"""

from interfaces import ILiquidationPolicy

implements: ILiquidationPolicy

quantity: uint256


@external
def choose(quantity: uint256):
    """
    @param quantity WAD base, the answer from now on.
    """
    self.quantity = quantity


@view
@external
def size_to_close(context: ILiquidationPolicy.LiquidationContext) -> uint256:
    """
    @param context Not looked at.
    @return WAD base.
    """
    return self.quantity
