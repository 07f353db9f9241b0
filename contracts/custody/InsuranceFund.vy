# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Insurance fund
@notice Pays bad debt before the pool has to. Whatever tokens it holds are the fund, however they came.
"""

from ethereum.ercs import IERC20
from snekmate.auth import ownable
from snekmate.auth import ownable_2step

from ..interfaces import IInsuranceFund

implements: IInsuranceFund
initializes: ownable
initializes: ownable_2step[ownable := ownable]
exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)


event MarketSet:
    market: indexed(address)


event Deposited:
    sender: indexed(address)
    amount: uint256


event Covered:
    receiver: indexed(address)
    asked: uint256
    paid: uint256


event Withdrawn:
    receiver: indexed(address)
    amount: uint256


TOKEN_REFUSED: constant(String[32]) = "insurance: token refused"

asset: public(immutable(address))

market: public(address)


@deploy
def __init__(asset_: address):
    """
    @notice The deployer becomes the owner.
    @param asset_ The collateral token.
    """
    ownable.__init__()
    ownable_2step.__init__()
    asset = asset_


# Paying in


@external
def deposit(amount: uint256) -> uint256:
    """
    @notice Takes tokens from the caller, for good: there are no shares. A plain transfer does the same.
    @param amount Token units.
    @return Token units that arrived.
    """
    before: uint256 = staticcall IERC20(asset).balanceOf(self)
    assert extcall IERC20(asset).transferFrom(msg.sender, self, amount, default_return_value=True), TOKEN_REFUSED
    arrived: uint256 = staticcall IERC20(asset).balanceOf(self) - before
    log Deposited(sender=msg.sender, amount=arrived)
    return arrived


# Paying out


@external
def cover(receiver: address, amount: uint256) -> uint256:
    """
    @notice Pays as much of a bad debt as the fund holds. Market only.
    @param receiver Who bore the loss: the pool.
    @param amount Token units asked for.
    @return Token units paid.
    """
    assert msg.sender == self.market, "insurance: only the market"
    paid: uint256 = min(staticcall IERC20(asset).balanceOf(self), amount)
    if paid > 0:
        assert extcall IERC20(asset).transfer(receiver, paid, default_return_value=True), TOKEN_REFUSED
        log Covered(receiver=receiver, asked=amount, paid=paid)
    return paid


# Administration


@external
def set_market(market_: address):
    """
    @notice Names the market whose bad debt the fund pays, once and for all. Owner only.
    @param market_ The market.
    """
    ownable._check_owner()
    assert self.market == empty(address), "insurance: market already set"
    assert market_ != empty(address), "insurance: market is zero"
    self.market = market_
    log MarketSet(market=market_)


@external
def withdraw(receiver: address, amount: uint256):
    """
    @notice Takes tokens out of the fund. Owner only.
    @param receiver Who gets them.
    @param amount Token units, at most the balance.
    """
    ownable._check_owner()
    assert extcall IERC20(asset).transfer(receiver, amount, default_return_value=True), TOKEN_REFUSED
    log Withdrawn(receiver=receiver, amount=amount)
