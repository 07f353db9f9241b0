# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Oracle
@notice Guards a Chainlink-shaped feed: a price is given only if it is fresh, within bounds and near the round
        before it; if wanted, only while a rollup's sequencer is up, and only if a second source agrees. What is
        refused has a name; see `price` for the order. After an outage or a pause, owners have a grace before anything
        is done to them at a price that they have not seen coming.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

from ..interfaces import IOracle
from . import outages
from . import past_rounds
from . import price_guards
from . import readings
from . import second_source
from . import sequencer

implements: IOracle
initializes: ownable
initializes: ownable_2step[ownable := ownable]
initializes: price_guards
initializes: sequencer
initializes: second_source
initializes: readings[price_guards := price_guards, second_source := second_source, sequencer := sequencer]
initializes: past_rounds[readings := readings]
initializes: outages[past_rounds := past_rounds, sequencer := sequencer]
exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
    readings.feed,
)


event GuardianSet:
    guardian: indexed(address)


guardian: public(address)


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
    @notice The deployer becomes the owner.
    @param feed_ A feed of the AggregatorV3 shape with at most 18 decimals.
    @param max_age Seconds, see `set_guards` for this and the next three.
    @param min_price WAD quote per base.
    @param max_price WAD quote per base.
    @param max_deviation WAD ratio.
    @param grace_period Seconds, see `set_grace_period`.
    """
    ownable.__init__()
    ownable_2step.__init__()
    readings.__init__(feed_)
    price_guards.set_guards(
        price_guards.Guards(
            max_age=max_age, min_price=min_price, max_price=max_price, max_deviation=max_deviation
        )
    )
    outages.set_grace_period(grace_period, readings.take())
    self.note_companions()


# The price


@view
@external
def price() -> uint256:
    """
    @notice The price to act on, or the first of these refusals: sequencer down; feed reverts, price not positive,
            price from the future, price stale, price out of bounds, price deviates; second source bad, sources
            disagree.
    @return WAD quote per base.
    """
    reading: readings.Reading = readings.take()
    assert len(reading.reason) == 0, reading.reason
    return reading.price


@external
def entry_price() -> uint256:
    """
    @notice The price to open, enlarge or withdraw at. Refused as `price` is, then while paused, then in the grace
            after an outage. Looks for outages first, and remembers them.
    @return WAD quote per base.
    """
    newest: uint256 = 0
    ends_at: uint256 = 0
    price_before: uint256 = 0
    newest, ends_at, price_before = self.attended_price()
    assert ends_at == 0, "oracle: grace after outage"
    return newest


@external
def forced_price() -> (uint256, bool, uint256):
    """
    @notice The price to liquidate or deleverage at. Refused as `price` is, then while paused. Looks for outages first,
            and remembers them.
    @return WAD quote per base; whether it is the grace after an outage; the last good price before, WAD.
    """
    newest: uint256 = 0
    ends_at: uint256 = 0
    price_before: uint256 = 0
    newest, ends_at, price_before = self.attended_price()
    return newest, ends_at != 0, price_before


@internal
def attended_price() -> (uint256, uint256, uint256):
    """
    @dev The price, and the grace as `outages.grace` tells it.
    """
    reading: readings.Reading = readings.take()
    assert len(reading.reason) == 0, reading.reason
    if not reading.companions.memory:
        return reading.price, 0, 0
    record: outages.Record = outages.load()
    assert not outages.is_paused(record), "oracle: paused"
    ends_at: uint256 = 0
    price_before: uint256 = 0
    ends_at, price_before = outages.grace(outages.attend(reading))
    return reading.price, ends_at, price_before


@external
def watch():
    """
    @notice Looks for outages and remembers them. Anyone may. Needed only for what the feed's rounds will not show
            afterwards: a feed that reverts, a second source that is bad or disagrees.
    """
    outages.attend(readings.take())


# Views


@view
@external
def round_id() -> uint256:
    """
    @notice The newest round of the feed.
    @return 0 before the first.
    """
    return readings.newest_round().id


@view
@external
def peek() -> (uint256, String[32]):
    """
    @notice The same as `price` without reverting.
    @return WAD quote per base, 0 when the feed gives none that is positive and below 2**96; the reason not to
            act on it, empty for a good price.
    """
    reading: readings.Reading = readings.take()
    return reading.price, reading.reason


@view
@external
def peek_grace() -> (uint256, uint256):
    """
    @notice The grace after an outage, as `forced_price` would find it now.
    @return When it ends, unix seconds; the last good price before the outage, WAD.
    """
    return outages.grace(outages.seen(readings.take()))


@view
@external
def grace_period() -> uint256:
    """
    @notice How long owners have after an outage.
    @return Seconds, 0 for no grace.
    """
    return outages.load().grace_period


@view
@external
def paused() -> bool:
    """
    @notice Whether entry and forced price are stopped.
    @return True from `pause` to `resume`.
    """
    return outages.is_paused(outages.load())


@view
@external
def guards() -> price_guards.Guards:
    """
    @notice The guards in force.
    @return Seconds, WAD, WAD and WAD ratio.
    """
    return price_guards.load()[0]


@view
@external
def sequencer_feed() -> address:
    """
    @notice The feed that says whether the sequencer is up.
    @return The zero address for none.
    """
    return sequencer.load()[0]


@view
@external
def second_feed() -> (address, uint256):
    """
    @notice The second source.
    @return The feed, the zero address for none; the largest difference from it, WAD ratio of its price.
    """
    return second_source.load()


# Pause


@external
def pause():
    """
    @notice Stops entry and forced price. Guardian or owner. Owners can leave and top up all the same.
    """
    assert msg.sender == self.guardian or msg.sender == ownable.owner, "oracle: not guardian"
    outages.pause(readings.take())
    self.note_companions()


@external
def resume():
    """
    @notice Lets go on. Owner only. A grace follows, as after any outage.
    """
    ownable._check_owner()
    outages.resume(readings.take())
    self.note_companions()


# Administration: whatever changes what is a good price looks first, so that no change works backwards


@external
def set_guardian(guardian: address):
    """
    @notice Names who may pause. Owner only.
    @param guardian The guardian; the zero address for none.
    """
    ownable._check_owner()
    self.guardian = guardian
    log GuardianSet(guardian=guardian)


@external
def set_guards(max_age: uint256, min_price: uint256, max_price: uint256, max_deviation: uint256):
    """
    @notice Replaces all guards. Owner only.
    @param max_age Seconds after which a round is stale, positive and below 2**31.
    @param min_price WAD quote per base, positive; a price at it or below is refused.
    @param max_price WAD quote per base, above `min_price` and below 2**96; a price at it or above is refused.
    @param max_deviation Largest change from the previous round, WAD ratio of that round, at most 10**18 and a
           multiple of 10**9; 0 for no check.
    """
    ownable._check_owner()
    outages.attend(readings.take())
    price_guards.set_guards(
        price_guards.Guards(
            max_age=max_age, min_price=min_price, max_price=max_price, max_deviation=max_deviation
        )
    )


@external
def set_grace_period(grace_period: uint256):
    """
    @notice Says how long owners have after an outage. Owner only. Binds a grace under way too.
    @param grace_period Seconds, at most 30 days; 0 for no grace, and for forgetting all outages.
    """
    ownable._check_owner()
    reading: readings.Reading = readings.take()
    outages.attend(reading)
    outages.set_grace_period(grace_period, reading)
    self.note_companions()


@external
def set_sequencer_feed(feed: address):
    """
    @notice Sets the uptime feed of a rollup's sequencer. Owner only.
    @param feed Of the shape of Chainlink's L2 uptime feeds; the zero address for none.
    """
    ownable._check_owner()
    outages.attend(readings.take())
    sequencer.set_feed(feed)
    self.note_companions()
    outages.begin_uptime(readings.take().uptime)


@external
def set_second_source(feed: address, max_difference: uint256):
    """
    @notice Sets a second source, which has to agree with the feed. Owner only.
    @param feed A feed of the AggregatorV3 shape with at most 18 decimals; the zero address for none.
    @param max_difference Largest difference of the price from that of this source, WAD ratio of the latter, positive,
           at most 10**18 and a multiple of 10**9.
    """
    ownable._check_owner()
    outages.attend(readings.take())
    second_source.set_source(feed, max_difference)
    self.note_companions()


@internal
def note_companions():
    """
    @dev After whatever decides what a price has to ask besides its feed.
    """
    price_guards.note_companions(
        price_guards.Companions(
            uptime_feed=sequencer.load()[0] != empty(address),
            second_source=second_source.load()[0] != empty(address),
            memory=outages.is_needed(outages.load()),
        )
    )
