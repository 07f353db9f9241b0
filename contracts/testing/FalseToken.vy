# pragma version 0.4.3
"""
@title False token
@notice An ERC-20 that never reverts a transfer: when balance or allowance is too small, it moves nothing and answers
        False, as some early tokens do. Whoever does not look at the answer believes that he was paid.
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
    @notice Moves tokens of the caller, or nothing.
    @param receiver Who gets the tokens.
    @param amount Token units.
    @return Whether they moved.
    """
    return self.move(msg.sender, receiver, amount)


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    """
    @notice Moves tokens of someone who allowed it, or nothing.
    @param owner Who gave the caller an allowance.
    @param receiver Who gets the tokens.
    @param amount Token units.
    @return Whether they moved.
    """
    if erc20.allowance[owner][msg.sender] < amount or erc20.balanceOf[owner] < amount:
        return False
    erc20._spend_allowance(owner, msg.sender, amount)
    return self.move(owner, receiver, amount)


@internal
def move(owner: address, receiver: address, amount: uint256) -> bool:
    if erc20.balanceOf[owner] < amount:
        return False
    erc20._transfer(owner, receiver, amount)
    return True
