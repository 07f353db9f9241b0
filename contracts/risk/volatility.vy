# pragma version 0.4.3
"""
@title Volatility
@notice The time-weighted exponential variance of oracle returns, a day, kept from one observation to the next.
        With elapsed time t, return r and memory T the new variance is
        variance * exp(-t / T) + r^2 * (DAY / t) * (1 - exp(-t / T)),
        so that looking often or seldom makes no difference to how fast the past is forgotten.
"""
from snekmate.utils import math
from ..market import fixed_point

event VolatilityObserved:
    price: uint256  # WAD quote per base
    variance: uint256  # of a day's return, WAD

WAD: constant(uint256) = 10**18
DAY: constant(uint256) = 86400
HALF_BITS: constant(uint256) = 128
LONGEST: constant(uint256) = 30  # memories after which nothing is left of the past
MAX_VARIANCE: constant(uint256) = 100 * 10**18  # of a day: a standard deviation of 1000%

observation: uint256  # price, WAD | unix seconds
variance: uint256  # of a day's return, WAD


@internal
def observe(price: uint256, memory: uint256) -> bool:
    """
    @dev Takes the price in, once a timestamp; says whether it did. `memory` is in seconds, above zero.
    """
    seen: uint256 = fixed_point.high(self.observation)
    elapsed: uint256 = block.timestamp - fixed_point.low(self.observation)
    if elapsed == 0:
        return False
    self.observation = fixed_point.pack(price, block.timestamp)
    if seen == 0:
        return True
    kept: uint256 = self.remembered(elapsed, memory)
    change: uint256 = fixed_point.mul_div_up(
        fixed_point.magnitude(convert(price, int256) - convert(seen, int256)), WAD, seen
    )
    change = min(change, 2**100)
    news: uint256 = min(fixed_point.mul_div_up(change, change, WAD) * DAY // elapsed, 2**128)
    updated: uint256 = (self.variance * kept + news * (WAD - kept)) // WAD
    self.variance = min(updated, MAX_VARIANCE)
    log VolatilityObserved(price=price, variance=self.variance)
    return True


@internal
@pure
def remembered(elapsed: uint256, memory: uint256) -> uint256:
    """
    @dev exp(-elapsed / memory), WAD.
    """
    if elapsed >= LONGEST * memory:
        return 0
    exponent: int256 = -convert(elapsed * WAD // memory, int256)
    return convert(math._wad_exp(exponent), uint256)


@internal
@view
def deviation() -> uint256:
    """
    @dev Standard deviation of a day's return, WAD.
    """
    return isqrt(self.variance * WAD)
