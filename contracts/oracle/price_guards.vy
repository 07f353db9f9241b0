# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Price guards
@notice What a price must be like: fresh, strictly within bounds, near the round before it. One slot holds all that
        every price needs to know, also whether there are further feeds to ask.
"""

from ..market import fixed_point


struct Guards:
    max_age: uint256  # seconds
    min_price: uint256  # WAD, itself refused
    max_price: uint256  # WAD, itself refused
    max_deviation: uint256  # WAD ratio of the previous round's answer, 0 for no check


struct Companions:
    uptime_feed: bool  # whether there is one to ask
    second_source: bool
    memory: bool  # whether there is a grace period or a pause to look up


event GuardsSet:
    max_age: uint256
    min_price: uint256
    max_price: uint256
    max_deviation: uint256


# 96 bits for each bound, 31 of age, 30 of deviation in billionths, 1 for each companion.
PRICE_LIMIT: constant(uint256) = 2**96
AGE_LIMIT: constant(uint256) = 2**31
RATIO_LIMIT: constant(uint256) = 2**30
BILLIONTH: constant(uint256) = 10**9
MAX_PRICE_SHIFT: constant(uint256) = 96
AGE_SHIFT: constant(uint256) = 192
DEVIATION_SHIFT: constant(uint256) = 223
COMPANIONS_SHIFT: constant(uint256) = 253

packed_guards: uint256


@internal
def set_guards(new: Guards):
    assert new.max_age > 0, "oracle: max age is zero"
    assert new.max_age < AGE_LIMIT, "oracle: max age too long"
    assert new.min_price > 0, "oracle: min price is zero"
    assert new.min_price < new.max_price, "oracle: bounds not rising"
    assert new.max_price < PRICE_LIMIT, "oracle: max price too high"
    assert new.max_deviation <= fixed_point.WAD, "oracle: deviation above one"
    assert new.max_deviation % BILLIONTH == 0, "oracle: deviation too fine"
    self.packed_guards = (
        (self.packed_guards >> COMPANIONS_SHIFT << COMPANIONS_SHIFT)
        | (new.max_deviation // BILLIONTH << DEVIATION_SHIFT)
        | (new.max_age << AGE_SHIFT)
        | (new.max_price << MAX_PRICE_SHIFT)
        | new.min_price
    )
    log GuardsSet(
        max_age=new.max_age,
        min_price=new.min_price,
        max_price=new.max_price,
        max_deviation=new.max_deviation,
    )


@internal
def note_companions(companions: Companions):
    kept: uint256 = self.packed_guards % 2**COMPANIONS_SHIFT
    flags: uint256 = (
        convert(companions.uptime_feed, uint256)
        | (convert(companions.second_source, uint256) << 1)
        | (convert(companions.memory, uint256) << 2)
    )
    self.packed_guards = (flags << COMPANIONS_SHIFT) | kept


@view
@internal
def load() -> (Guards, Companions):
    packed: uint256 = self.packed_guards
    guards: Guards = Guards(
        max_age=(packed >> AGE_SHIFT) % AGE_LIMIT,
        min_price=packed % PRICE_LIMIT,
        max_price=(packed >> MAX_PRICE_SHIFT) % PRICE_LIMIT,
        max_deviation=(packed >> DEVIATION_SHIFT) % RATIO_LIMIT * BILLIONTH,
    )
    flags: uint256 = packed >> COMPANIONS_SHIFT
    return guards, Companions(
        uptime_feed=flags & 1 != 0, second_source=flags & 2 != 0, memory=flags & 4 != 0
    )


@pure
@internal
def is_within(price: uint256, guards: Guards) -> bool:
    return guards.min_price < price and price < guards.max_price


@pure
@internal
def deviates(answer: int256, previous: int256, max_deviation: uint256) -> bool:
    """
    @dev abs(answer - previous) * WAD > max_deviation * previous, written so that no answer can overflow it:
         `answer` is below 2**96, `previous` is anything.
    """
    if previous <= 0:
        return True
    now: uint256 = convert(answer, uint256)
    before: uint256 = convert(previous, uint256)
    if now >= before:
        return (now - before) * fixed_point.WAD > max_deviation * before
    if max_deviation == fixed_point.WAD:
        return False  # no fall loses more than everything
    return before > now * fixed_point.WAD // (fixed_point.WAD - max_deviation)
