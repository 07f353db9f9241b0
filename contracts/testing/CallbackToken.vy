# pragma version 0.4.3
"""
@title Callback token
@notice An ERC-20 that calls registered accounts before tokens leave them and after tokens have reached them, as ERC-777
        does: in the midst of a transfer, whoever registered may do what he likes.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

from . import ITokenHooks

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

is_called: public(HashMap[address, bool])


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
def register(called: bool):
    """
    @notice Chooses whether the caller, a contract with both hooks, is called from now on.
    @param called True to be called.
    """
    self.is_called[msg.sender] = called


@external
def transfer(receiver: address, amount: uint256) -> bool:
    """
    @notice Moves tokens of the caller.
    @param receiver Who gets the tokens.
    @param amount Token units.
    @return True.
    """
    self.move(msg.sender, receiver, amount)
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
    self.move(owner, receiver, amount)
    return True


@internal
def move(owner: address, receiver: address, amount: uint256):
    if self.is_called[owner]:
        extcall ITokenHooks(owner).tokens_to_send(owner, receiver, amount)
    erc20._transfer(owner, receiver, amount)
    if self.is_called[receiver]:
        extcall ITokenHooks(receiver).tokens_received(owner, receiver, amount)
