# pragma version 0.4.3
"""
@title Returnless token
@notice An ERC-20 from before the standard settled: transfers and approvals return nothing, and revert to refuse.
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
    erc20.mint,
)


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
def approve(spender: address, amount: uint256):
    """
    @notice Allows someone to take tokens of the caller.
    @param spender Who may take the caller's tokens.
    @param amount Token units.
    """
    erc20._approve(msg.sender, spender, amount)


@external
def transfer(receiver: address, amount: uint256):
    """
    @notice Moves tokens of the caller.
    @param receiver Who gets the tokens.
    @param amount Token units.
    """
    erc20._transfer(msg.sender, receiver, amount)


@external
def transferFrom(owner: address, receiver: address, amount: uint256):
    """
    @notice Moves tokens of someone who allowed it.
    @param owner Who gave the caller an allowance.
    @param receiver Who gets the tokens.
    @param amount Token units.
    """
    erc20._spend_allowance(owner, msg.sender, amount)
    erc20._transfer(owner, receiver, amount)
