# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Volatility
@notice The time-weighted exponential variance of oracle returns, kept from one observation to the next. With t
        seconds since the last one, return r and memory m,
        variance = variance * kept(t) + r^2 * (DAY / t) * (1 - kept(t)), kept(t) = (m / (m + 1))^t.
        Because kept(s) * kept(t) = kept(s + t), looking often or seldom changes nothing about how fast the past
        is forgotten; and r^2 counts with the time it took, so that a jump weighs the same in any block.
"""

from ..market import fixed_point


event VolatilityObserved:
    price: uint256  # WAD quote per base
    variance: uint256  # of a day's return, WAD


WAD: constant(uint256) = 10**18
DAY: constant(uint256) = 86400
MAX_RETURN: constant(uint256) = 10 * 10**18  # a return beyond 1000% counts as that
MAX_VARIANCE: constant(uint256) = 100 * 10**18  # of a day: a standard deviation of 1000%
TIME_BITS: constant(uint256) = 32

observation: uint256  # price, WAD | unix seconds
variance: public(uint256)  # of a day's return, WAD


@internal
def observe(price: uint256, memory_seconds: uint256) -> bool:
    """
    @dev Takes a price in, once a timestamp; says whether it did. The first one only gives later ones something
         to be compared with. `memory_seconds` is above zero.
    """
    previous: uint256 = fixed_point.high(self.observation)
    elapsed: uint256 = block.timestamp - fixed_point.low(self.observation)
    if elapsed == 0:
        return False
    self.observation = fixed_point.pack(price, block.timestamp)
    if previous > 0:
        self.variance = self.updated(previous, price, elapsed, memory_seconds)
    log VolatilityObserved(price=price, variance=self.variance)
    return True


@internal
def forget_price():
    """
    @dev For another source of prices: the step from the old one's to the new one's is no return.
    """
    self.observation = 0


@view
@internal
def updated(previous: uint256, price: uint256, elapsed: uint256, memory_seconds: uint256) -> uint256:
    """
    @dev Rounded up: volatility only ever asks for more.
    """
    kept: uint256 = self.kept(elapsed, memory_seconds)
    move: uint256 = max(price, previous) - min(price, previous)
    change: uint256 = min(fixed_point.mul_div_up(move, WAD, previous), MAX_RETURN)
    news: uint256 = fixed_point.div_up(change * change * DAY, WAD * elapsed)
    blend: uint256 = fixed_point.div_up(self.variance * kept + news * (WAD - kept), WAD)
    return min(blend, MAX_VARIANCE)


@pure
@internal
def kept(elapsed: uint256, memory_seconds: uint256) -> uint256:
    """
    @dev (m / (m + 1))^elapsed, WAD, down at each step of kept(2n) = kept(n)^2, kept(2n + 1) = kept(2n) * kept(1).
    """
    a_second: uint256 = memory_seconds * WAD // (memory_seconds + 1)
    seconds: uint256 = min(elapsed, 2**TIME_BITS - 1)
    share: uint256 = WAD
    for place: uint256 in range(TIME_BITS):
        share = share * share // WAD
        if (seconds >> (TIME_BITS - 1 - place)) & 1 == 1:
            share = share * a_second // WAD
    return share


@view
@internal
def deviation() -> uint256:
    """
    @dev Standard deviation of a day's return, WAD, down.
    """
    return isqrt(self.variance * WAD)
