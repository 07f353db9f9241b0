# pragma version 0.4.3
"""
@title No memory
@notice What the flawed oracles here have in common: a feed of which the newest round is believed as it is. No guard, no
        pause, no grace after an outage.
"""

interface AggregatorV3:
    def latestRoundData() -> (uint80, int256, uint256, uint256, uint80): view
    def getRoundData(roundId: uint80) -> (uint80, int256, uint256, uint256, uint80): view


feed: public(immutable(address))
guardian: public(address)


@deploy
def __init__(feed_: address):
    """
    @param feed_ With 18 decimals.
    """
    feed = feed_


@external
def set_guardian(guardian: address):
    """
    @notice For the shape: there is nothing to pause.
    """
    self.guardian = guardian


@view
@external
def round_id() -> uint256:
    """
    @notice The newest round of the feed.
    """
    return convert(self.newest()[0], uint256)


@view
@external
def peek_grace() -> (uint256, uint256):
    """
    @notice Never any.
    """
    return 0, 0


@view
@internal
def newest() -> (uint80, uint256):
    """
    @dev Its id and answer, WAD.
    """
    return self.latest_of(feed)


@view
@internal
def latest_of(source: address) -> (uint80, uint256):
    id: uint80 = 0
    answer: int256 = 0
    started_at: uint256 = 0
    updated_at: uint256 = 0
    answered_in: uint80 = 0
    id, answer, started_at, updated_at, answered_in = staticcall AggregatorV3(source).latestRoundData()
    return id, convert(answer, uint256)
