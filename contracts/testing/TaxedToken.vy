# pragma version 0.4.3
"""
@title Taxed token
@notice An ERC-20 that burns a share of every transfer: what arrives is less than what was sent.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: (
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.allowance,
    erc20.approve,
    erc20.mint,
)

TAX_DIVISOR: constant(uint256) = 100


@deploy
def __init__(name: String[25], symbol: String[5], decimals: uint8):
    """
    @notice The deployer becomes the owner and may `mint(to, amount)`.
    @param name Of the token.
    @param symbol Of the token.
    @param decimals Digits behind the point of one whole token.
    """
    ownable.__init__()
    erc20.__init__(name, symbol, decimals, name, "1")


@external
def transfer(receiver: address, amount: uint256) -> bool:
    """
    @notice Moves tokens; a hundredth is lost on the way.
    @param receiver Gets 99 hundredths, rounded up.
    @param amount Token units.
    @return True.
    """
    self.move(msg.sender, receiver, amount)
    return True


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    """
    @notice Moves tokens of another; a hundredth is lost on the way.
    @param owner Who gave the caller an allowance.
    @param receiver Gets 99 hundredths, rounded up.
    @param amount Token units.
    @return True.
    """
    erc20._spend_allowance(owner, msg.sender, amount)
    self.move(owner, receiver, amount)
    return True


@internal
def move(owner: address, receiver: address, amount: uint256):
    tax: uint256 = amount // TAX_DIVISOR
    erc20._transfer(owner, receiver, amount - tax)
    erc20._burn(owner, tax)
