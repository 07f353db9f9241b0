# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Pool shares
@notice The pool's share as a token, and what it is worth. Shares have six decimals more than the asset, and 10**6
        virtual shares stand against one virtual asset unit: whoever inflates the price of the first share loses
        about a million times what the next depositor loses by rounding, and no division is by zero.
"""

from snekmate.tokens import erc20
from snekmate.utils import math

from . import withdrawal_requests

uses: erc20
uses: withdrawal_requests

EXTRA_DECIMALS: constant(uint8) = 6  # beyond the asset's
VIRTUAL_SHARES: constant(uint256) = 10**6
VIRTUAL_ASSETS: constant(uint256) = 1


# From hand to hand


@external
def transfer(receiver: address, amount: uint256) -> bool:
    """
    @notice Moves shares of the caller.
    @param receiver Who gets them.
    @param amount Shares.
    @return True.
    """
    self.move(msg.sender, receiver, amount)
    return True


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    """
    @notice Moves shares that the caller has an allowance for.
    @param owner Whose they are.
    @param receiver Who gets them.
    @param amount Shares.
    @return True.
    """
    erc20._spend_allowance(owner, msg.sender, amount)
    self.move(owner, receiver, amount)
    return True


@internal
def move(owner: address, receiver: address, amount: uint256):
    erc20._transfer(owner, receiver, amount)
    withdrawal_requests.trim(owner, erc20.balanceOf[owner])


@internal
def burn(owner: address, amount: uint256):
    erc20._burn(owner, amount)
    withdrawal_requests.trim(owner, erc20.balanceOf[owner])


# Leaving


@external
def request_withdrawal(shares: uint256):
    """
    @notice Asks to redeem shares of the caller: after the cooldown, a window opens in which that many can be
            redeemed, at once or in parts. Replaces an earlier request. Shares moved away leave the request.
    @param shares Shares, at most the caller's balance.
    """
    assert shares > 0, "pool: zero shares"
    assert shares <= erc20.balanceOf[msg.sender], "pool: above balance"
    withdrawal_requests.request(msg.sender, shares)


@view
@internal
def redeemable(owner: address) -> uint256:
    """
    @dev Shares that `owner` may redeem now, as far as balance and request go.
    """
    return withdrawal_requests.redeemable(owner, erc20.balanceOf[owner])


# What they are worth


@view
@internal
def to_shares(assets: uint256, total_assets: uint256, round_up: bool) -> uint256:
    """
    @dev Token units -> shares.
    """
    return math._mul_div(assets, erc20.totalSupply + VIRTUAL_SHARES, total_assets + VIRTUAL_ASSETS, round_up)


@view
@internal
def to_assets(shares: uint256, total_assets: uint256, round_up: bool) -> uint256:
    """
    @dev Shares -> token units.
    """
    return math._mul_div(shares, total_assets + VIRTUAL_ASSETS, erc20.totalSupply + VIRTUAL_SHARES, round_up)
