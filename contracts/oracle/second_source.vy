# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Second source
@notice Another feed of the AggregatorV3 shape that must be in order and agree with the first. It makes no price, it can
        only refuse one. Optional; the zero address for none.
"""

from ..market import fixed_point
from . import rounds


event SecondSourceSet:
    feed: indexed(address)
    max_difference: uint256


FEED_LIMIT: constant(uint256) = 2**160
RATIO_LIMIT: constant(uint256) = 2**30
BILLIONTH: constant(uint256) = 10**9
RATIO_SHIFT: constant(uint256) = 160
SCALE_SHIFT: constant(uint256) = 190

packed: uint256  # 64 bits of scale | 30 of the largest difference in billionths | address of the feed


@internal
def set_source(feed: address, max_difference: uint256):
    if feed == empty(address):
        self.packed = 0
        log SecondSourceSet(feed=feed, max_difference=0)
        return
    assert max_difference > 0, "oracle: difference is zero"
    assert max_difference <= fixed_point.WAD, "oracle: difference above one"
    assert max_difference % BILLIONTH == 0, "oracle: difference too fine"
    self.packed = (
        (rounds.scale_of(feed) << SCALE_SHIFT)
        | (max_difference // BILLIONTH << RATIO_SHIFT)
        | convert(feed, uint256)
    )
    log SecondSourceSet(feed=feed, max_difference=max_difference)


@view
@internal
def load() -> (address, uint256):
    packed: uint256 = self.packed
    return convert(convert(packed % FEED_LIMIT, uint160), address), (packed >> RATIO_SHIFT) % RATIO_LIMIT * BILLIONTH


@view
@internal
def refusal(price: uint256, max_age: uint256) -> String[32]:
    """
    @dev Empty when this source has nothing against a price that is below 2**96.
    """
    feed: address = empty(address)
    max_difference: uint256 = 0
    feed, max_difference = self.load()
    found: bool = False
    newest: rounds.FeedRound = empty(rounds.FeedRound)
    found, newest = rounds.latest(feed)
    own: uint256 = rounds.to_wad(newest.answer, self.packed >> SCALE_SHIFT)
    if not found or own == 0:
        return "oracle: second source bad"
    if newest.updated_at > block.timestamp or block.timestamp - newest.updated_at > max_age:
        return "oracle: second source bad"
    if (max(price, own) - min(price, own)) * fixed_point.WAD > max_difference * own:
        return "oracle: sources disagree"
    return ""
