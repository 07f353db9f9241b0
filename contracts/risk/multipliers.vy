# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Multipliers
@notice The factor k >= 1 on both margins: volatility multiplier times system multiplier, at most the largest.
        Opening is bound by its target at once. Maintenance follows: it falls at once, and rises in a straight line
        that reaches the target within `ramp_seconds`, so that no change makes a sound position liquidatable then
        and there. A climb under way is never slowed: a new target takes the steeper of the running climb and its
        own, so that frequent small changes cannot hold it up.
"""

from ..market import fixed_point


struct Adjustment:
    volatility_reference: uint256  # deviation of a day's return above which margins rise, WAD; 0: never
    volatility_memory: uint256  # seconds
    volatility_cap: uint256  # largest volatility multiplier, WAD
    system_multiplier: uint256  # WAD
    max_multiplier: uint256  # largest product of both, WAD
    ramp_seconds: uint256  # in which maintenance reaches a higher target


struct Climb:
    start: uint256  # multiplier where it begins, WAD
    target: uint256  # multiplier where it ends, WAD
    started_at: uint256  # unix seconds
    rise: uint256  # WAD a second


event AdjustmentSet:
    adjustment: Adjustment


event SystemMultiplierSet:
    system_multiplier: uint256  # WAD


event MultiplierChanged:
    start: uint256  # of maintenance now, WAD
    target: uint256  # of opening now, of maintenance at the end, WAD
    started_at: uint256  # unix seconds
    rise: uint256  # of maintenance from start to target, WAD a second


WAD: constant(uint256) = 10**18
MOST: constant(uint256) = 10 * 10**18
MAX_SECONDS: constant(uint256) = 2**32 - 1
WORD: constant(uint256) = 2**64 - 1

packed_terms: uint256  # reference | cap | largest, 64 bits each, memory | ramp, 32 bits each
system_multiplier: public(uint256)  # WAD
packed_climb: uint256  # start | target | started at | rise, 64 bits each: one slot is all that a margin reads


# Setting


@internal
def set_adjustment(new: Adjustment):
    """
    @dev Whoever calls also checks `max_multiplier` against the table and retargets.
    """
    assert new.volatility_reference <= MOST, "risk: reference too high"
    assert new.volatility_memory > 0, "risk: memory is zero"
    assert new.volatility_memory <= MAX_SECONDS, "risk: memory too long"
    assert new.volatility_cap >= WAD, "risk: cap below one"
    assert new.volatility_cap <= MOST, "risk: cap too high"
    assert new.max_multiplier >= WAD, "risk: max multiplier below one"
    assert new.max_multiplier <= MOST, "risk: multiplier too high"
    assert new.ramp_seconds > 0, "risk: ramp is zero"
    assert new.ramp_seconds <= MAX_SECONDS, "risk: ramp too long"
    self.packed_terms = (
        (new.volatility_reference << 192)
        | (new.volatility_cap << 128)
        | (new.max_multiplier << 64)
        | (new.volatility_memory << 32)
        | new.ramp_seconds
    )
    self.set_system_multiplier(new.system_multiplier)
    log AdjustmentSet(adjustment=new)


@internal
def set_system_multiplier(multiplier: uint256):
    """
    @dev Whoever calls retargets.
    """
    assert multiplier >= WAD, "risk: multiplier below one"
    assert multiplier <= MOST, "risk: system multiplier too high"
    self.system_multiplier = multiplier
    log SystemMultiplierSet(system_multiplier=multiplier)


@internal
def begin(deviation: uint256):
    """
    @dev Once, at deployment, when there is no position to be gentle with.
    """
    self.start_climb(self.demanded(deviation), self.demanded(deviation), 0)


@internal
def retarget(deviation: uint256):
    """
    @dev Maintenance at this very second stays as it is, or falls.
    """
    target: uint256 = self.demanded(deviation)
    climb: Climb = self.unpack_climb()
    if target == climb.target:
        return
    reached: uint256 = self.height(climb)
    if target <= reached:
        self.start_climb(target, target, 0)
        return
    rise: uint256 = fixed_point.div_up(target - reached, self.ramp_seconds())
    if reached < climb.target:
        rise = max(rise, climb.rise)
    self.start_climb(reached, target, rise)


@internal
def start_climb(start: uint256, target: uint256, rise: uint256):
    self.packed_climb = (start << 192) | (target << 128) | (block.timestamp << 64) | rise
    log MultiplierChanged(start=start, target=target, started_at=block.timestamp, rise=rise)


# Reading


@view
@internal
def for_opening() -> uint256:
    """
    @dev WAD.
    """
    return (self.packed_climb >> 128) & WORD


@view
@internal
def for_maintenance() -> uint256:
    """
    @dev WAD, now; never above that for opening.
    """
    packed: uint256 = self.packed_climb
    target: uint256 = (packed >> 128) & WORD
    rise: uint256 = packed & WORD
    if rise == 0:
        return target
    return min((packed >> 192) + rise * (block.timestamp - ((packed >> 64) & WORD)), target)


@view
@internal
def for_volatility(deviation: uint256) -> uint256:
    """
    @dev Deviation over its reference, WAD, up; at least one, at most its cap.
    """
    packed: uint256 = self.packed_terms
    reference: uint256 = packed >> 192
    if reference == 0:
        return WAD
    return min(max(fixed_point.div_up(deviation * WAD, reference), WAD), (packed >> 128) & WORD)


@view
@internal
def demanded(deviation: uint256) -> uint256:
    """
    @dev Both multipliers together, WAD, up.
    """
    product: uint256 = fixed_point.div_up(self.for_volatility(deviation) * self.system_multiplier, WAD)
    return min(product, self.max_multiplier())


@view
@internal
def max_multiplier() -> uint256:
    return (self.packed_terms >> 64) & WORD


@view
@internal
def memory_seconds() -> uint256:
    return (self.packed_terms >> 32) & MAX_SECONDS


@view
@internal
def ramp_seconds() -> uint256:
    return self.packed_terms & MAX_SECONDS


@view
@internal
def adjustment() -> Adjustment:
    packed: uint256 = self.packed_terms
    return Adjustment(
        volatility_reference=packed >> 192,
        volatility_memory=self.memory_seconds(),
        volatility_cap=(packed >> 128) & WORD,
        system_multiplier=self.system_multiplier,
        max_multiplier=self.max_multiplier(),
        ramp_seconds=self.ramp_seconds(),
    )


@view
@internal
def unpack_climb() -> Climb:
    packed: uint256 = self.packed_climb
    return Climb(
        start=packed >> 192,
        target=(packed >> 128) & WORD,
        started_at=(packed >> 64) & WORD,
        rise=packed & WORD,
    )


@view
@internal
def height(climb: Climb) -> uint256:
    """
    @dev Where a climb has come to by now, WAD.
    """
    return min(climb.start + climb.rise * (block.timestamp - climb.started_at), climb.target)
