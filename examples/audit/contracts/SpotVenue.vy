# pragma version 0.4.3
"""
@title Spot venue
@notice One exchange with one pool of constant product, without a fee. The coin is a number that it keeps; the
        quote token is real.
"""

from ethereum.ercs import IERC20

token: public(immutable(IERC20))
quote_reserve: public(uint256)  # token units
base_reserve: public(uint256)  # WAD
base_of: public(HashMap[address, uint256])  # WAD


@deploy
def __init__(token_: address):
    """
    @param token_ Quote token of 6 decimals.
    """
    token = IERC20(token_)


@external
def begin(price: uint256):
    """
    @notice Makes a pool of all tokens that are here, at a price.
    @param price WAD quote per base.
    """
    assert self.quote_reserve == 0, "venue: has begun"
    self.quote_reserve = staticcall token.balanceOf(self)
    self.base_reserve = self.quote_reserve * 10**30 // price


@view
@external
def price() -> uint256:
    """
    @notice Of the next unit.
    @return WAD quote per base; 0 before the beginning.
    """
    if self.base_reserve == 0:
        return 0
    return self.quote_reserve * 10**30 // self.base_reserve


@external
def buy(quote: uint256) -> uint256:
    """
    @notice Buys the coin with tokens that the venue may take.
    @param quote Token units.
    @return WAD base, kept for the caller.
    """
    assert extcall token.transferFrom(msg.sender, self, quote)
    base: uint256 = self.base_reserve * quote // (self.quote_reserve + quote)
    self.quote_reserve += quote
    self.base_reserve -= base
    self.base_of[msg.sender] += base
    return base


@external
def sell(base: uint256) -> uint256:
    """
    @notice Sells the coin.
    @param base WAD, of the caller's.
    @return Token units paid.
    """
    self.base_of[msg.sender] -= base
    quote: uint256 = self.quote_reserve * base // (self.base_reserve + base)
    self.quote_reserve -= quote
    self.base_reserve += base
    assert extcall token.transfer(msg.sender, quote)
    return quote
