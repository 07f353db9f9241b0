# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Flat risk engine
@notice One ratio for everybody, whatever the size of the position and the volatility of the price: the first bracket of the
        table that it is given. What a prototyper writes first, and what the brackets of the packaged engine are held
        against in `flat_risk.toml`.
"""

from interfaces import IRiskEngine
from risk import multipliers
from risk import tiers

implements: IRiskEngine
initializes: tiers

WAD: constant(uint256) = 10**18

call_ratio: public(uint256)  # WAD


@deploy
def __init__(
    brackets: DynArray[tiers.Bracket, tiers.MAX_BRACKETS],
    max_notional: uint256,
    liquidation_fee_ratio: uint256,
    max_move: uint256,
    call_ratio_: uint256,
    oracle: address,
    adjustment: multipliers.Adjustment,
):
    """
    @notice Takes what the packaged engine takes; brackets after the first, oracle and adjustment are not looked at.
    @param brackets At least one.
    @param max_notional WAD quote.
    @param liquidation_fee_ratio WAD ratio.
    @param max_move WAD ratio.
    @param call_ratio_ WAD ratio.
    @param oracle Not used.
    @param adjustment Not used.
    """
    first: DynArray[tiers.Bracket, tiers.MAX_BRACKETS] = [brackets[0]]
    tiers.set_table(first, max_notional, liquidation_fee_ratio, max_move)
    self.call_ratio = call_ratio_


@view
@external
def initial_margin(notional: uint256) -> uint256:
    """
    @notice Needed to open, enlarge or withdraw. Reverts above the largest notional allowed.
    @param notional WAD quote.
    @return WAD quote, rounded up.
    """
    return tiers.initial(notional, WAD)


@view
@external
def maintenance_margin(notional: uint256) -> uint256:
    """
    @notice Needed to stay.
    @param notional WAD quote.
    @return WAD quote, rounded up.
    """
    return tiers.maintenance(notional, WAD)


@view
@external
def liquidation_fee_ratio() -> uint256:
    """
    @notice Penalty of a liquidation as a share of the notional closed.
    @return WAD ratio.
    """
    return tiers.fee_ratio()


@view
@external
def margin_multipliers() -> IRiskEngine.Multipliers:
    """
    @notice All ones: nothing is adjusted.
    @return WAD each.
    """
    return IRiskEngine.Multipliers(opening=WAD, maintenance=WAD, volatility=WAD, system=WAD, deviation=0)


@view
@external
def liquidation_price(size: int256, net_cash: int256) -> uint256:
    """
    @notice The first price at which equity is below maintenance.
    @param size Signed base quantity, WAD, not zero.
    @param net_cash Equity less the value of the position, WAD quote.
    @return WAD quote per base; 0 for a long that cannot be liquidated.
    """
    return tiers.liquidation_price(size, net_cash, WAD)
