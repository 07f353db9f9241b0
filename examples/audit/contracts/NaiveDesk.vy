# pragma version 0.4.3
"""
@title Naive desk
@notice Flawed on purpose: savers deposit and redeem, and a redemption pays before it writes. A receiver that is called by
        the token redeems the same shares again, at books that do not know yet.
"""

from ethereum.ercs import IERC20

token: immutable(IERC20)
share_of: public(HashMap[address, uint256])
shares: public(uint256)


@deploy
def __init__(token_: address):
    """
    @param token_ What is saved.
    """
    token = IERC20(token_)


@external
def deposit(amount: uint256):
    """
    @notice A share for each token unit.
    @param amount Token units that the desk may take.
    """
    assert extcall token.transferFrom(msg.sender, self, amount)
    self.share_of[msg.sender] += amount
    self.shares += amount


@external
def redeem():
    """
    @notice All that the caller has.
    """
    amount: uint256 = self.share_of[msg.sender]
    assert amount != 0, "desk: no shares"
    assert extcall token.transfer(msg.sender, amount)
    self.shares -= min(amount, self.shares)
    self.share_of[msg.sender] = 0
