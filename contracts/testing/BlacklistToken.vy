# pragma version 0.4.3
"""
@title Blacklist token
@notice An ERC-20 whose owner can shut an account out, as issuers of stable tokens do: transfers to it and from it
        revert, or answer False when told to.
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

answers_false: public(bool)  # to a refused transfer, instead of reverting
is_blacklisted: public(HashMap[address, bool])


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
def set_blacklisted(account: address, blacklisted: bool):
    """
    @notice Shuts an account out or lets it in again. Owner only.
    @param account The account.
    @param blacklisted Whether it is shut out.
    """
    ownable._check_owner()
    self.is_blacklisted[account] = blacklisted


@external
def set_answers_false(answers_false: bool):
    """
    @notice Chooses how a transfer is refused. Owner only.
    @param answers_false True to answer False, False to revert.
    """
    ownable._check_owner()
    self.answers_false = answers_false


@external
def transfer(receiver: address, amount: uint256) -> bool:
    """
    @notice Moves tokens of the caller.
    @param receiver Who gets the tokens.
    @param amount Token units.
    @return Whether they moved.
    """
    return self.move(msg.sender, receiver, amount)


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    """
    @notice Moves tokens of someone who allowed it.
    @param owner Who gave the caller an allowance.
    @param receiver Who gets the tokens.
    @param amount Token units.
    @return Whether they moved.
    """
    erc20._spend_allowance(owner, msg.sender, amount)
    return self.move(owner, receiver, amount)


@internal
def move(owner: address, receiver: address, amount: uint256) -> bool:
    refused: bool = self.is_blacklisted[owner] or self.is_blacklisted[receiver]
    if refused and self.answers_false:
        return False
    assert not refused, "token: blacklisted"
    erc20._transfer(owner, receiver, amount)
    return True
