# pragma version 0.4.3
"""
@title Callback token
@notice An ERC-20 that calls whoever is paid and has asked for it, after the tokens have moved.
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

interface Receiver:
    def on_received(): nonpayable


is_called: HashMap[address, bool]


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
def call_me():
    """
    @notice Asks for a call at each payment to the caller.
    """
    self.is_called[msg.sender] = True


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
    erc20._transfer(owner, receiver, amount)
    if self.is_called[receiver]:
        extcall Receiver(receiver).on_received()
