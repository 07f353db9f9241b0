# pragma version 0.4.3
"""
@title Tiers harness
@notice The tiers and price bounds modules with nothing around them.
"""

from ..risk import price_bounds
from ..risk import tiers

initializes: tiers

WAD: constant(uint256) = 10**18


@external
def set_table(
    brackets: DynArray[tiers.Bracket, tiers.MAX_BRACKETS],
    max_notional: uint256,
    fee_ratio: uint256,
    max_move: uint256,
):
    """
    @notice Shows the module's `set_table`.
    """
    tiers.set_table(brackets, max_notional, fee_ratio, max_move)


@view
@external
def brackets() -> DynArray[tiers.Bracket, tiers.MAX_BRACKETS]:
    """
    @notice Shows the module's `brackets`.
    """
    return tiers.brackets()


@view
@external
def max_notional() -> uint256:
    """
    @notice Shows the module's `max_notional`.
    """
    return tiers.max_notional()


@view
@external
def fee_ratio() -> uint256:
    """
    @notice Shows the module's `fee_ratio`.
    """
    return tiers.fee_ratio()


@view
@external
def max_move() -> uint256:
    """
    @notice Shows the module's `max_move`.
    """
    return tiers.max_move()


@view
@external
def highest_mmr() -> uint256:
    """
    @notice Shows the module's `highest_mmr`.
    """
    return tiers.highest_mmr()


@view
@external
def initial(notional: uint256, multiplier: uint256 = WAD) -> uint256:
    """
    @notice Shows the module's `initial`.
    """
    return tiers.initial(notional, multiplier)


@view
@external
def maintenance(notional: uint256, multiplier: uint256 = WAD) -> uint256:
    """
    @notice Shows the module's `maintenance`.
    """
    return tiers.maintenance(notional, multiplier)


@view
@external
def liquidation_price(size: int256, net_cash: int256, multiplier: uint256 = WAD) -> uint256:
    """
    @notice Shows the module's `liquidation_price`.
    """
    return tiers.liquidation_price(size, net_cash, multiplier)


@view
@external
def raises(brackets: DynArray[tiers.Bracket, tiers.MAX_BRACKETS]) -> bool:
    """
    @notice Shows the module's `raises`.
    """
    return tiers.raises(brackets)


@pure
@external
def bankruptcy_price(size: int256, net_cash: int256) -> uint256:
    """
    @notice Shows the module's `bankruptcy_price`.
    """
    return price_bounds.bankruptcy_price(size, net_cash)
