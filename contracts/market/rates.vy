# pragma version 0.4.3
"""
@title Funding rates
@notice How the funding rate follows the skew, and what it adds to the funding index. Pure.
        Proportional: the rate is the skew's at once. Velocity: the skew moves the rate. None: a bound of zero.
        A scaled rate is the rate a day (WAD) times the seconds of a day, so that a rate that changes every second
        stays an integer.
"""
from . import fixed_point

DAY: constant(int256) = 86400

struct Terms:
    skew_scale: uint256  # WAD base
    max_rate: uint256  # a day, at full skew, WAD
    max_velocity: uint256  # a day and day, at full skew, WAD; 0: proportional

struct Accrual:
    index: int256  # WAD quote per unit of base held long
    scaled_rate: int256  # WAD a day, times the seconds of a day
    at: uint256  # unix seconds


@internal
@pure
def accrued(since: Accrual, at: uint256, price: uint256, skew: int256, terms: Terms) -> Accrual:
    """
    @dev Brought up to `at`, at one price and one skew. Nothing moves in no time.
    """
    accrual: Accrual = since
    elapsed: uint256 = at - since.at
    if elapsed == 0:
        return accrual
    doubled_area: int256 = 0
    doubled_area, accrual.scaled_rate = self.advance(
        accrual.scaled_rate, skew, terms, convert(elapsed, int256)
    )
    accrual.index += self.increment(doubled_area, price)
    accrual.at = at
    return accrual


@internal
@pure
def advance(scaled_rate: int256, skew: int256, terms: Terms, elapsed: int256) -> (int256, int256):
    """
    @dev Twice the integral of the scaled rate over the seconds elapsed, exact, and the scaled rate after them.
         Unchecked: velocity is below 2**64, bound and rates below 2**81, seconds below 2**48, all products below 2**165.
    """
    if terms.max_velocity == 0:
        rate: int256 = unsafe_mul(self.lean(skew, terms, terms.max_rate), DAY)
        return unsafe_mul(2 * elapsed, rate), rate
    bound: int256 = unsafe_mul(convert(terms.max_rate, int256), DAY)
    start: int256 = max(-bound, min(scaled_rate, bound))
    velocity: int256 = self.lean(skew, terms, terms.max_velocity)
    change: int256 = unsafe_mul(velocity, elapsed)
    rate: int256 = unsafe_add(start, change)
    if abs(rate) <= bound:
        return unsafe_mul(unsafe_add(unsafe_mul(2, start), change), elapsed), rate
    if velocity < 0:
        bound = unsafe_sub(0, bound)
    way: int256 = unsafe_sub(bound, start)
    missed: int256 = unsafe_div(unsafe_mul(way, way), velocity)  # towards zero: velocity has the sign of the way
    return unsafe_sub(unsafe_mul(unsafe_mul(2, bound), elapsed), missed), bound


@internal
@pure
def lean(skew: int256, terms: Terms, most: uint256) -> int256:
    """
    @dev `most` at full skew, in proportion below, away from zero: the majority side pays, so that traders
         together never gain by rounding.
    """
    scale: int256 = convert(terms.skew_scale, int256)
    clamped: int256 = max(-scale, min(skew, scale))
    return fixed_point.signed_div_away(clamped * convert(most, int256), scale)


@internal
@pure
def increment(doubled_area: int256, price: uint256) -> int256:
    """
    @dev What the index moves by, WAD quote per base, away from zero.
    """
    return fixed_point.signed_div_away(
        doubled_area * convert(price, int256), 2 * fixed_point.SIGNED_WAD * DAY * DAY
    )
