# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Outages
@notice Remembers when there was no good price, no sequencer, or a pause, so that owners have a grace afterwards. A look
        takes in all that the feeds' kept rounds tell since the look before: an outage needs nobody to watch it.
        With a grace period of 0 it remembers nothing but the pause.
"""

from . import past_rounds
from . import readings
from . import sequencer

uses: past_rounds
uses: sequencer


struct Record:
    watched: uint256  # newest round looked at
    last_good: uint256  # last good price known, WAD
    ended_at: uint256  # of the last outage, unix seconds, 0 before the first
    causes: uint256  # that hold; an outage is under way while there is one
    grace_period: uint256  # seconds
    price_before: uint256  # before the last outage, WAD; UNCHANGED as long as the slot has it
    began_at: uint256  # of an outage that this look found, unix seconds
    up_since: uint256  # of the uptime feed, unix seconds; 0 for as it was


struct Stop:
    is_new: bool
    began_at: uint256  # unix seconds
    ended_at: uint256  # unix seconds, 0 while it lasts


event OutageBegan:
    price_before: uint256  # WAD
    since: uint256  # unix seconds


event OutageEnded:
    ended_at: uint256  # unix seconds
    grace_ends_at: uint256  # unix seconds


event GracePeriodSet:
    grace_period: uint256  # seconds


event Paused:
    by: indexed(address)


event Resumed:
    by: indexed(address)


MAX_GRACE_PERIOD: constant(uint256) = 30 * 86_400
UNCHANGED: constant(uint256) = max_value(uint256)

# Causes of an outage
UNPRICED: constant(uint256) = 1
SEQUENCER: constant(uint256) = 2
PAUSED: constant(uint256) = 4

# One slot: 80 bits of round, 96 of price, 40 of time, 22 of grace period, 3 of causes.
GOOD_SHIFT: constant(uint256) = 80
ENDED_SHIFT: constant(uint256) = 176
PERIOD_SHIFT: constant(uint256) = 216
CAUSES_SHIFT: constant(uint256) = 238
ROUND_LIMIT: constant(uint256) = 2**80
PRICE_LIMIT: constant(uint256) = 2**96
TIME_LIMIT: constant(uint256) = 2**40
PERIOD_LIMIT: constant(uint256) = 2**22

packed_record: uint256
price_before: uint256  # WAD; a slot of its own, because only a grace reads it


# Looking


@internal
def attend(reading: readings.Reading) -> Record:
    """
    @dev Looks, and remembers what was seen.
    """
    old: Record = self.load()
    if old.grace_period == 0:
        return old
    if self.is_quiet(reading, old):
        quiet: Record = old
        quiet.watched = reading.newest.id
        quiet.last_good = reading.price
        self.write(quiet)
        return quiet
    new: Record = self.look(reading, old)
    self.store(old, new)
    return new


@view
@internal
def is_quiet(reading: readings.Reading, record: Record) -> bool:
    """
    @dev The usual case, in which a look would find a good price, at most one new round that came in time, and nothing
         else. It only saves gas.
    """
    if len(reading.reason) != 0 or record.causes != 0 or reading.uptime.well_formed:
        return False
    if not past_rounds.can_be_seen(reading):
        return False
    if reading.newest.id == record.watched:
        return True
    if reading.newest.id != record.watched + 1 or not reading.has_before:
        return False
    return reading.newest.updated_at <= reading.before.updated_at + reading.guards.max_age


@view
@internal
def seen(reading: readings.Reading) -> Record:
    """
    @dev The same without remembering.
    """
    old: Record = self.load()
    if old.grace_period == 0:
        return old
    return self.look(reading, old)


@view
@internal
def look(reading: readings.Reading, old: Record) -> Record:
    record: Record = old
    stop: Stop = empty(Stop)
    record, stop = self.take_in_uptime(record, reading.uptime)
    record = self.take_in_rounds(record, stop, reading)
    if len(reading.reason) == 0:
        record.last_good = reading.price
        return self.end(record, UNPRICED, block.timestamp)
    if reading.uptime.well_formed and not reading.uptime.is_up:
        return record  # the uptime feed itself will say how long
    since: uint256 = block.timestamp
    if past_rounds.can_be_seen(reading):
        since = min(since, reading.newest.updated_at + reading.guards.max_age + 1)
    return self.begin(record, UNPRICED, since)


@view
@internal
def take_in_uptime(old: Record, uptime: sequencer.Uptime) -> (Record, Stop):
    """
    @dev A new stop of the sequencer is handed on, to be put among the rounds at its place in time.
    """
    record: Record = old
    if not uptime.well_formed:
        return record, empty(Stop)
    feed: address = empty(address)
    known: uint256 = 0
    feed, known = sequencer.load()
    if uptime.since != known:
        record.up_since = uptime.since
    if uptime.is_up and record.causes & SEQUENCER != 0:
        return self.end(record, SEQUENCER, uptime.since), empty(Stop)
    if uptime.since == known or (uptime.is_up and known == 0):
        return record, empty(Stop)
    if not uptime.is_up:
        return record, Stop(is_new=True, began_at=uptime.since, ended_at=0)
    is_new: bool = False
    began_at: uint256 = 0
    is_new, began_at = sequencer.stop_before(uptime)
    return record, Stop(is_new=is_new, began_at=began_at, ended_at=uptime.since)


@view
@internal
def take_in_rounds(old: Record, stop: Stop, reading: readings.Reading) -> Record:
    record: Record = old
    is_due: bool = stop.is_new
    next_outage_at: uint256 = block.timestamp
    if is_due:
        next_outage_at = stop.began_at
    if past_rounds.can_be_seen(reading) and reading.newest.id > record.watched:
        newest_first: DynArray[uint256, past_rounds.MOST] = past_rounds.since(
            record.watched, record.grace_period, next_outage_at, reading
        )
        for i: uint256 in range(past_rounds.MOST):
            if i == len(newest_first):
                break
            judged: past_rounds.JudgedRound = past_rounds.unpack(newest_first[len(newest_first) - 1 - i])
            if is_due and judged.time > stop.began_at:
                record = self.take_in_stop(record, stop)
                is_due = False
            record = self.take_in_round(record, judged)
        record.watched = reading.newest.id
    if is_due:
        record = self.take_in_stop(record, stop)
    return record


@pure
@internal
def take_in_stop(old: Record, stop: Stop) -> Record:
    record: Record = self.begin(old, SEQUENCER, stop.began_at)
    if stop.ended_at == 0:
        return record
    return self.end(record, SEQUENCER, stop.ended_at)


@pure
@internal
def take_in_round(old: Record, judged: past_rounds.JudgedRound) -> Record:
    record: Record = old
    if judged.stale_at != 0:
        record = self.begin(record, UNPRICED, judged.stale_at)
    if not judged.is_good:
        return self.begin(record, UNPRICED, judged.time)
    record.last_good = judged.price
    return self.end(record, UNPRICED, judged.time)


# The record


@pure
@internal
def begin(old: Record, cause: uint256, at: uint256) -> Record:
    """
    @dev An outage in the grace of the one before continues it: the price before stays.
    """
    record: Record = old
    if record.causes == 0:
        if record.ended_at == 0 or at >= record.ended_at + record.grace_period:
            record.price_before = record.last_good
        record.began_at = at
    record.causes = record.causes | cause
    return record


@pure
@internal
def end(old: Record, cause: uint256, at: uint256) -> Record:
    record: Record = old
    if record.causes & cause == 0:
        return record
    record.causes = record.causes ^ cause
    if record.causes == 0:
        record.ended_at = max(record.ended_at, at)
    return record


@view
@internal
def grace(record: Record) -> (uint256, uint256):
    """
    @dev When the grace ends and the price before the outage; 0 and 0 when there is none.
    """
    ends_at: uint256 = record.ended_at + record.grace_period
    if record.causes != 0 or record.ended_at == 0 or block.timestamp >= ends_at:
        return 0, 0
    if record.price_before == UNCHANGED:
        return ends_at, self.price_before
    return ends_at, record.price_before


@pure
@internal
def is_paused(record: Record) -> bool:
    return record.causes & PAUSED != 0


@pure
@internal
def is_needed(record: Record) -> bool:
    """
    @dev Without a grace period and a pause there is nothing to look up.
    """
    return record.grace_period != 0 or self.is_paused(record)


@view
@internal
def load() -> Record:
    packed: uint256 = self.packed_record
    return Record(
        watched=packed % ROUND_LIMIT,
        last_good=(packed >> GOOD_SHIFT) % PRICE_LIMIT,
        ended_at=(packed >> ENDED_SHIFT) % TIME_LIMIT,
        causes=packed >> CAUSES_SHIFT,
        grace_period=(packed >> PERIOD_SHIFT) % PERIOD_LIMIT,
        price_before=UNCHANGED,
        began_at=0,
        up_since=0,
    )


@internal
def store(old: Record, new: Record):
    self.write(new)
    if new.up_since != 0:
        sequencer.remember(new.up_since)
    if new.began_at != 0 and new.causes == 0:
        log OutageBegan(price_before=self.price_before, since=new.began_at)
    if new.ended_at != old.ended_at:
        log OutageEnded(ended_at=new.ended_at, grace_ends_at=new.ended_at + new.grace_period)
    if new.began_at != 0 and new.causes != 0:
        log OutageBegan(price_before=self.price_before, since=new.began_at)


@internal
def write(new: Record):
    packed: uint256 = (
        (new.causes << CAUSES_SHIFT)
        | (new.grace_period << PERIOD_SHIFT)
        | (new.ended_at << ENDED_SHIFT)
        | (new.last_good << GOOD_SHIFT)
        | new.watched
    )
    if packed != self.packed_record:
        self.packed_record = packed
    if new.price_before != UNCHANGED:
        self.price_before = new.price_before


# Administration


@internal
def pause(reading: readings.Reading):
    self.attend(reading)
    old: Record = self.load()
    if self.is_paused(old):
        return
    new: Record = old
    new.causes = old.causes | PAUSED
    if old.grace_period != 0:
        new = self.begin(old, PAUSED, block.timestamp)
    self.store(old, new)
    log Paused(by=msg.sender)


@internal
def resume(reading: readings.Reading):
    self.attend(reading)
    old: Record = self.load()
    if not self.is_paused(old):
        return
    new: Record = old
    new.causes = old.causes ^ PAUSED
    if old.grace_period != 0:
        new = self.end(old, PAUSED, block.timestamp)
    self.store(old, new)
    log Resumed(by=msg.sender)


@internal
def set_grace_period(grace_period: uint256, reading: readings.Reading):
    """
    @dev Whoever calls has looked before.
    """
    assert grace_period <= MAX_GRACE_PERIOD, "oracle: grace period too long"
    old: Record = self.load()
    new: Record = old
    new.grace_period = grace_period
    if old.grace_period == 0 or grace_period == 0:
        new = self.fresh(grace_period, reading)
        sequencer.remember(reading.uptime.since)
        if grace_period == 0:
            new.causes = old.causes & PAUSED
        elif self.is_paused(old):
            new = self.begin(new, PAUSED, block.timestamp)
    self.store(new, new)
    log GracePeriodSet(grace_period=grace_period)


@view
@internal
def fresh(grace_period: uint256, reading: readings.Reading) -> Record:
    record: Record = empty(Record)
    record.grace_period = grace_period
    if grace_period == 0:
        return record
    if past_rounds.can_be_seen(reading):
        record.watched = reading.newest.id
    if len(reading.reason) == 0:
        record.last_good = reading.price
    return record


@internal
def begin_uptime(uptime: sequencer.Uptime):
    """
    @dev After another uptime feed, or none, was set. What it says then is no outage.
    """
    old: Record = self.load()
    self.store(old, self.end(old, SEQUENCER, block.timestamp))
    sequencer.remember(uptime.since)
