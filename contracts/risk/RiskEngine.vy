# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Risk engine
@notice What a position must hold, by a table of brackets that the risk admin sets. A new table binds open
        positions at once.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

from ..interfaces import IRiskEngine
from . import tiers

implements: IRiskEngine
initializes: ownable
initializes: ownable_2step[ownable := ownable]
initializes: tiers
exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)


event CallRatioSet:
    call_ratio: uint256


WAD: constant(uint256) = 10**18
MAX_CALL_RATIO: constant(uint256) = 10 * 10**18

call_ratio: public(uint256)  # WAD


@deploy
def __init__(
    brackets: DynArray[tiers.Bracket, tiers.MAX_BRACKETS],
    max_notional: uint256,
    liquidation_fee_ratio: uint256,
    max_move: uint256,
    call_ratio_: uint256,
):
    """
    @notice The deployer becomes the owner.
    @param brackets As `set_risk_table`, and so the next three.
    @param max_notional WAD quote.
    @param liquidation_fee_ratio WAD ratio.
    @param max_move WAD ratio.
    @param call_ratio_ As `set_call_ratio`.
    """
    ownable.__init__()
    ownable_2step.__init__()
    tiers.set_table(brackets, max_notional, liquidation_fee_ratio, max_move)
    self.store_call_ratio(call_ratio_)


# Margins


@view
@external
def initial_margin(notional: uint256) -> uint256:
    """
    @notice Needed to open, enlarge or withdraw. Reverts above the largest notional allowed.
    @param notional WAD quote.
    @return WAD quote, rounded up.
    """
    return tiers.initial(notional)


@view
@external
def maintenance_margin(notional: uint256) -> uint256:
    """
    @notice Needed to stay.
    @param notional WAD quote, below 2**192.
    @return WAD quote, rounded up.
    """
    return tiers.maintenance(notional)


# Liquidation


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
def liquidation_price(size: int256, net_cash: int256) -> uint256:
    """
    @notice The first price at which equity is below maintenance: the greatest for a long, the least for a short.
    @param size Signed base quantity, WAD, not zero.
    @param net_cash Equity less the value of the position, WAD quote.
    @return WAD quote per base; 0 for a long that cannot be liquidated.
    """
    assert size != 0, "risk: size is zero"
    return tiers.liquidation_price(size, net_cash)


# The table


@view
@external
def brackets() -> DynArray[tiers.Bracket, tiers.MAX_BRACKETS]:
    """
    @notice The table in force.
    @return Notional floors in WAD quote; initial and maintenance ratios, WAD.
    """
    return tiers.brackets()


@view
@external
def max_notional() -> uint256:
    """
    @notice The largest notional a position may be opened, enlarged or left by a withdrawal with.
    @return WAD quote.
    """
    return tiers.max_notional()


@view
@external
def max_move() -> uint256:
    """
    @notice Largest move of the price expected while a keeper needs to act.
    @return WAD ratio; 0 when the solvency envelope is not checked.
    """
    return tiers.max_move()


# Administration


@external
def set_risk_table(
    brackets: DynArray[tiers.Bracket, tiers.MAX_BRACKETS],
    max_notional: uint256,
    liquidation_fee_ratio: uint256,
    max_move: uint256,
):
    """
    @notice Replaces the table. Owner only.
    @param brackets Brackets, at most 16: first floor 0, floors and both ratios rising, 0 < mmr < imr <= 10**18.
    @param max_notional WAD quote, above the last floor and below 2**128.
    @param liquidation_fee_ratio Liquidation penalty, WAD ratio, below the first mmr.
    @param max_move WAD ratio; with the penalty at most the first mmr. 0 turns this check off.
    """
    ownable._check_owner()
    tiers.set_table(brackets, max_notional, liquidation_fee_ratio, max_move)


@external
def set_call_ratio(ratio: uint256):
    """
    @notice Sets the multiple of maintenance below which a position is in margin call. Owner only.
    @param ratio WAD ratio, from 10**18 to 10 times that.
    """
    ownable._check_owner()
    self.store_call_ratio(ratio)


@internal
def store_call_ratio(ratio: uint256):
    assert ratio >= WAD, "risk: call ratio below one"
    assert ratio <= MAX_CALL_RATIO, "risk: call ratio too high"
    self.call_ratio = ratio
    log CallRatioSet(call_ratio=ratio)
