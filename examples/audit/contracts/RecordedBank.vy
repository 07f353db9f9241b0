# pragma version 0.4.3
"""
@title Recorded bank
@notice One box for everybody's collateral, and a record of what each has put in: the custody that most margin
        systems use. It knows nothing of a token whose balances move by themselves.
"""

from ethereum.ercs import IERC20

TOKEN: immutable(IERC20)

recorded: public(HashMap[address, uint256])  # token units


@deploy
def __init__(token: address):
    """
    @param token The collateral.
    """
    TOKEN = IERC20(token)


@external
def deposit(amount: uint256):
    """
    @notice Takes tokens of the caller and records them.
    @param amount Token units.
    """
    assert extcall TOKEN.transferFrom(msg.sender, self, amount), "bank: token refused"
    self.recorded[msg.sender] += amount


@external
def withdraw():
    """
    @notice Pays the caller what is recorded of him.
    """
    amount: uint256 = self.recorded[msg.sender]
    self.recorded[msg.sender] = 0
    assert staticcall TOKEN.balanceOf(self) >= amount, "bank: not enough"
    assert extcall TOKEN.transfer(msg.sender, amount), "bank: token refused"
