# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Readings
@notice What the feeds say now: the newest price, and the first reason not to act on it. Whoever takes a reading also
        keeps the rounds that were read for it, so that nobody has to ask twice.
"""

from . import price_guards
from . import rounds
from . import second_source
from . import sequencer

uses: price_guards
uses: second_source
uses: sequencer


struct Reading:
    price: uint256  # WAD, 0 when there is none
    reason: String[32]  # empty for a good price
    is_contradicted: bool  # by the second source
    uptime: sequencer.Uptime
    answered: bool
    newest: rounds.FeedRound
    has_before: bool  # whether the round before the newest was read, and was there
    before: rounds.FeedRound
    guards: price_guards.Guards
    companions: price_guards.Companions


FEED_REVERTS: constant(String[32]) = "oracle: feed reverts"

feed: public(immutable(address))
SCALE: immutable(uint256)  # feed answer -> WAD


@deploy
def __init__(feed_: address):
    SCALE = rounds.scale_of(feed_)
    feed = feed_


@view
@internal
def take() -> Reading:
    """
    @dev Never reverts.
    """
    reading: Reading = empty(Reading)
    reading.guards, reading.companions = price_guards.load()
    reading.answered, reading.newest = rounds.latest(feed)
    reading.price = rounds.to_wad(reading.newest.answer, SCALE)

    if reading.companions.uptime_feed:
        reading.uptime = sequencer.uptime()
        if not reading.uptime.is_up:
            reading.reason = "oracle: sequencer down"
            return reading
    reading.reason = self.round_refusal(reading.answered, reading.newest, reading.price, reading.guards)
    if len(reading.reason) != 0:
        return reading
    if reading.guards.max_deviation != 0 and not rounds.is_first(reading.newest.id):
        reading.has_before, reading.before = rounds.before(feed, reading.newest.id)
        reading.reason = self.step_refusal(
            reading.newest, reading.has_before, reading.before, reading.guards.max_deviation
        )
        if len(reading.reason) != 0:
            return reading
    if reading.companions.second_source:
        reading.reason = second_source.refusal(reading.price, reading.guards.max_age)
        reading.is_contradicted = len(reading.reason) != 0
    return reading


@view
@internal
def newest_round() -> rounds.FeedRound:
    """
    @dev An empty one when the feed gives none.
    """
    return rounds.latest(feed)[1]


@view
@internal
def round_before(id: uint256) -> (bool, rounds.FeedRound):
    return rounds.before(feed, id)


@view
@internal
def price_of(answer: int256) -> uint256:
    return rounds.to_wad(answer, SCALE)


@view
@internal
def round_refusal(
    answered: bool, newest: rounds.FeedRound, price: uint256, guards: price_guards.Guards
) -> String[32]:
    if not answered:
        return FEED_REVERTS
    if newest.answer <= 0:
        return "oracle: price not positive"
    if newest.updated_at > block.timestamp:
        return "oracle: price from the future"
    if block.timestamp - newest.updated_at > guards.max_age:
        return "oracle: price stale"
    if not price_guards.is_within(price, guards):
        return "oracle: price out of bounds"
    return ""


@pure
@internal
def step_refusal(
    newest: rounds.FeedRound, has_before: bool, before: rounds.FeedRound, max_deviation: uint256
) -> String[32]:
    """
    @dev `newest` is within the bounds, so its answer is below 2**96. A feed that has lost the round before is not
         trusted.
    """
    if not has_before:
        return FEED_REVERTS
    if price_guards.deviates(newest.answer, before.answer, max_deviation):
        return "oracle: price deviates"
    return ""
