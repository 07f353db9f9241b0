# pragma version 0.4.3
"""
@title Rebasing token
@notice An ERC-20 whose balances all grow or shrink by one factor that its owner sets, as those of staked or elastic
        tokens do. Accounts hold parts; a balance is parts times factor, rounded down, so that a transfer may move
        a unit less than was asked. `Transfer` events tell parts, not units.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: (
    erc20.decimals,
    erc20.allowance,
    erc20.approve,
)

WAD: constant(uint256) = 10**18

factor: public(uint256)  # units for each part, WAD


@deploy
def __init__(name: String[25], symbol: String[5], decimals: uint8):
    """
    @notice The deployer becomes the owner and may `mint(to, amount)`; the factor begins at one.
    @param name Of the token.
    @param symbol Of the token.
    @param decimals Digits behind the point of one whole token.
    """
    ownable.__init__()
    erc20.__init__(name, symbol, decimals, name, "1")
    self.factor = WAD


@external
def rebase(factor: uint256):
    """
    @notice Scales all balances at once. Owner only.
    @param factor Units for each part, WAD, above zero.
    """
    ownable._check_owner()
    assert factor > 0, "token: factor is zero"
    self.factor = factor


@external
def mint(receiver: address, amount: uint256):
    """
    @notice Makes tokens. Owner only.
    @param receiver Who gets them.
    @param amount Token units at the factor of now.
    """
    ownable._check_owner()
    erc20._mint(receiver, self.to_parts(amount))


@external
def transfer(receiver: address, amount: uint256) -> bool:
    """
    @notice Moves tokens of the caller.
    @param receiver Who gets the tokens.
    @param amount Token units.
    @return True.
    """
    erc20._transfer(msg.sender, receiver, self.to_parts(amount))
    return True


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    """
    @notice Moves tokens of someone who allowed it.
    @param owner Who gave the caller an allowance.
    @param receiver Who gets the tokens.
    @param amount Token units.
    @return True.
    """
    erc20._spend_allowance(owner, msg.sender, amount)
    erc20._transfer(owner, receiver, self.to_parts(amount))
    return True


@view
@external
def balanceOf(owner: address) -> uint256:
    """
    @notice Parts times factor.
    @param owner Whose.
    @return Token units, rounded down.
    """
    return erc20.balanceOf[owner] * self.factor // WAD


@view
@external
def totalSupply() -> uint256:
    """
    @notice All parts times factor.
    @return Token units, rounded down.
    """
    return erc20.totalSupply * self.factor // WAD


@view
@internal
def to_parts(amount: uint256) -> uint256:
    return amount * WAD // self.factor
