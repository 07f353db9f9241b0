# pragma version 0.4.3
"""
@title Averaging oracle
@notice Flawed on purpose: takes the mean of two sources and asks for no agreement, so that one of them alone can move
        the price as far as it likes.
"""

from interfaces import IOracle
import no_memory

implements: IOracle
initializes: no_memory
exports: (no_memory.feed, no_memory.guardian, no_memory.set_guardian, no_memory.round_id, no_memory.peek_grace)

second_feed: public(address)


@deploy
def __init__(
    feed_: address,
    max_age: uint256,
    min_price: uint256,
    max_price: uint256,
    max_deviation: uint256,
    grace_period: uint256,
):
    """
    @notice As the oracle that it stands for; only the feed is used.
    """
    no_memory.__init__(feed_)


@external
def set_second_source(feed: address, max_difference: uint256):
    """
    @notice The other source.
    @param feed With 18 decimals.
    @param max_difference Not looked at: this is the flaw.
    """
    self.second_feed = feed


@view
@external
def price() -> uint256:
    """
    @notice The mean.
    """
    return self.mean()


@external
def entry_price() -> uint256:
    """
    @notice The mean.
    """
    return self.mean()


@external
def forced_price() -> (uint256, bool, uint256):
    """
    @notice The mean; never a grace.
    """
    return self.mean(), False, 0


@view
@external
def peek() -> (uint256, String[32]):
    """
    @notice The mean, always good.
    """
    return self.mean(), ""


@view
@internal
def mean() -> uint256:
    first: uint256 = no_memory.newest()[1]
    if self.second_feed == empty(address):
        return first
    return (first + no_memory.latest_of(self.second_feed)[1]) // 2
