# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Sequencer
@notice The feed that says whether a rollup's sequencer is up, of the shape of Chainlink's L2 uptime feeds: answer 0
        for up, `startedAt` since when. Optional; the zero address for none.
"""

from . import rounds


struct Uptime:
    well_formed: bool  # false also when there is no uptime feed
    is_up: bool
    since: uint256  # unix seconds
    id: uint256  # round of the uptime feed


event SequencerFeedSet:
    feed: indexed(address)


FEED_LIMIT: constant(uint256) = 2**160

packed: uint256  # newest `since` that outages have taken in, above the address of the feed


@internal
def set_feed(feed: address):
    assert feed == empty(address) or feed.is_contract, "oracle: feed is no contract"
    self.packed = convert(feed, uint256)
    log SequencerFeedSet(feed=feed)


@internal
def remember(since: uint256):
    self.packed = (since << 160) | (self.packed % FEED_LIMIT)


@view
@internal
def load() -> (address, uint256):
    packed: uint256 = self.packed
    return convert(convert(packed % FEED_LIMIT, uint160), address), packed >> 160


@view
@internal
def uptime() -> Uptime:
    """
    @dev A round that began at 0 was never opened, and one that begins after now is a lie.
    """
    feed: address = empty(address)
    known: uint256 = 0
    feed, known = self.load()
    found: bool = False
    newest: rounds.FeedRound = empty(rounds.FeedRound)
    found, newest = rounds.latest(feed)
    if not found or newest.started_at == 0 or newest.started_at > block.timestamp:
        return empty(Uptime)
    return Uptime(well_formed=True, is_up=newest.answer == 0, since=newest.started_at, id=newest.id)


@view
@internal
def stop_before(up: Uptime) -> (bool, uint256):
    """
    @dev Whether the sequencer stood still before it was up, and since when: as late as it came up if that cannot
         be told.
    """
    feed: address = empty(address)
    known: uint256 = 0
    feed, known = self.load()
    found: bool = False
    previous: rounds.FeedRound = empty(rounds.FeedRound)
    found, previous = rounds.before(feed, up.id)
    if not found or previous.started_at == 0:
        return True, up.since
    return previous.answer != 0, min(previous.started_at, up.since)
