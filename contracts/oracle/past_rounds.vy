# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Past rounds
@notice The rounds that a feed has kept since somebody last looked, each judged as it was when it came.
"""

from . import price_guards
from . import readings
from . import rounds

uses: readings


struct JudgedRound:
    price: uint256  # WAD
    time: uint256  # unix seconds, at most now
    stale_at: uint256  # when the round before it became stale, 0 if it came in time
    is_good: bool


MOST: constant(uint256) = 32

# A judged round travels in one word, because Vyper reserves memory for as many as there can be:
# 96 bits of price, 40 for each time, 1 for being good.
PRICE_LIMIT: constant(uint256) = 2**96
TIME_LIMIT: constant(uint256) = 2**40
TIME_SHIFT: constant(uint256) = 96
STALE_SHIFT: constant(uint256) = 136
GOOD_SHIFT: constant(uint256) = 176


@view
@internal
def can_be_seen(reading: readings.Reading) -> bool:
    return (
        reading.answered
        and reading.newest.id < rounds.ID_LIMIT
        and reading.newest.updated_at <= block.timestamp
    )


@view
@internal
def since(
    watched: uint256, grace_period: uint256, next_outage_at: uint256, reading: readings.Reading
) -> DynArray[uint256, MOST]:
    """
    @dev Packed, newest first, back to what has been looked at, or what the feed does not give, or a good round whose grace would
         have been over before the next outage began, at the latest at `next_outage_at`: what is before it has no
         consequence any more.
         The round before the newest is not asked for again if the reading has it.
    """
    found: DynArray[uint256, MOST] = []
    outage_at: uint256 = next_outage_at
    current: rounds.FeedRound = reading.newest
    has_before: bool = reading.has_before
    before: rounds.FeedRound = reading.before
    for i: uint256 in range(MOST):
        if current.id <= watched:
            break
        if i != 0 or not has_before:
            has_before, before = readings.round_before(current.id)
        judged: JudgedRound = self.judge(current, has_before, before, reading.guards)
        if i == 0 and reading.is_contradicted:
            judged.is_good = False
        found.append(self.pack(judged))
        if not has_before or (judged.is_good and judged.time + grace_period <= outage_at):
            break
        if judged.stale_at != 0:
            outage_at = min(outage_at, judged.stale_at)
        elif not judged.is_good:
            outage_at = min(outage_at, judged.time)
        current = before
    return found


@view
@internal
def judge(
    current: rounds.FeedRound, has_before: bool, before: rounds.FeedRound, guards: price_guards.Guards
) -> JudgedRound:
    price: uint256 = readings.price_of(current.answer)
    is_good: bool = price_guards.is_within(price, guards)
    if is_good and guards.max_deviation != 0 and not rounds.is_first(current.id):
        is_good = has_before and not price_guards.deviates(current.answer, before.answer, guards.max_deviation)

    time: uint256 = min(current.updated_at, block.timestamp)
    due: uint256 = min(before.updated_at, block.timestamp) + guards.max_age
    stale_at: uint256 = 0
    if has_before and time > due:
        stale_at = due + 1
    return JudgedRound(price=price, time=time, stale_at=stale_at, is_good=is_good)


@pure
@internal
def pack(judged: JudgedRound) -> uint256:
    return (
        (convert(judged.is_good, uint256) << GOOD_SHIFT)
        | (judged.stale_at << STALE_SHIFT)
        | (judged.time << TIME_SHIFT)
        | judged.price
    )


@pure
@internal
def unpack(packed: uint256) -> JudgedRound:
    return JudgedRound(
        price=packed % PRICE_LIMIT,
        time=(packed >> TIME_SHIFT) % TIME_LIMIT,
        stale_at=(packed >> STALE_SHIFT) % TIME_LIMIT,
        is_good=packed >> GOOD_SHIFT == 1,
    )
