# pragma version 0.4.3
"""
@title Runway
@notice How long funding alone leaves a position, price and skew standing still. Pure.
        Once sound, a position can become liquidatable at one stretch of time only: funding runs one way, or turns
        once. So a search by halves over the market's own area under the rate finds the very second.
"""
from ..market import rates
from ..market import valuation

struct Course:
    since: rates.Accrual  # from where funding runs
    price: uint256  # WAD quote per base
    skew: int256  # WAD base
    terms: rates.Terms

struct Stake:
    size: int256  # WAD base, not zero
    funding_index: int256  # WAD quote per base, at the last touch
    cushion: int256  # equity before funding, less maintenance; WAD quote

NEVER: constant(uint256) = max_value(uint256)
HORIZON: constant(uint256) = 2**40  # seconds, beyond which is never
HALVINGS: constant(uint256) = 41


@internal
@pure
def seconds_left(stake: Stake, course: Course, start: uint256) -> uint256:
    """
    @dev From `start`, unix seconds, to the first second at which equity is below maintenance.
    """
    if self.is_spent(stake, course, start):
        return 0
    spent: uint256 = self.worst(stake, course, start)
    if not self.is_spent(stake, course, spent):
        return NEVER
    sound: uint256 = start
    for halving: uint256 in range(HALVINGS):  # coverage: ignore the search always ends by its break
        if spent - sound == 1:
            break
        middle: uint256 = (sound + spent) // 2
        if self.is_spent(stake, course, middle):
            spent = middle
        else:
            sound = middle
    return spent - start


@internal
@pure
def is_spent(stake: Stake, course: Course, at: uint256) -> bool:
    index: int256 = rates.accrued(course.since, at, course.price, course.skew, course.terms).index
    return valuation.accrued_funding(stake.size, index, stake.funding_index) > stake.cushion


@internal
@pure
def worst(stake: Stake, course: Course, start: uint256) -> uint256:
    """
    @dev When funding will have taken most: at the horizon, unless the rate turns in the position's favour before.
         The area then peaks in the second nearest to where the rate is zero.
    """
    side: int256 = 1
    if stake.size < 0:
        side = -1
    area: int256 = 0
    rate: int256 = 0
    area, rate = rates.advance(course.since.scaled_rate, course.skew, course.terms, 0)
    slowing: int256 = -side * rates.lean(course.skew, course.terms, course.terms.max_velocity)
    if slowing <= 0:
        return start + HORIZON
    if side * rate <= 0:
        return start
    turn: uint256 = convert((2 * side * rate + slowing) // (2 * slowing), uint256)
    return min(max(start, course.since.at + turn), start + HORIZON)
