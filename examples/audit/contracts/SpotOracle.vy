# pragma version 0.4.3
"""
@title Spot oracle
@notice Flawed on purpose: the price is whatever one exchange shows at this very moment, in the midst of a transaction
        too. Until a venue is named, it is the feed's.
"""

from interfaces import IOracle
import no_memory

implements: IOracle
initializes: no_memory
exports: (no_memory.feed, no_memory.guardian, no_memory.set_guardian, no_memory.round_id, no_memory.peek_grace)

interface Venue:
    def price() -> uint256: view


venue: public(address)


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
def set_venue(venue: address):
    """
    @notice Which exchange.
    @param venue With a `price()`.
    """
    self.venue = venue


@view
@external
def price() -> uint256:
    """
    @notice The venue's.
    """
    return self.spot()


@external
def entry_price() -> uint256:
    """
    @notice The venue's.
    """
    return self.spot()


@external
def forced_price() -> (uint256, bool, uint256):
    """
    @notice The venue's; never a grace.
    """
    return self.spot(), False, 0


@view
@external
def peek() -> (uint256, String[32]):
    """
    @notice The venue's, always good.
    """
    return self.spot(), ""


@view
@internal
def spot() -> uint256:
    if self.venue == empty(address):
        return no_memory.newest()[1]
    return staticcall Venue(self.venue).price()
