# pragma version 0.4.3
"""
@title Funding
@notice The cumulative funding index, the rate at which it moves, and the moment it was last brought up to date.
"""
from . import fixed_point
from . import rates

event FundingAccrued:
    funding_index: int256  # WAD quote per unit of base held long
    rate: int256  # WAD a day, now
    scaled_rate: int256  # the same times the seconds of a day, exact
    price: uint256  # WAD

RATE_BITS: constant(uint256) = 80
TIME_BITS: constant(uint256) = 48

word: uint256  # funding index, int128 | scaled rate, int80 | time of the last accrual


@deploy
def __init__():
    self.write(rates.Accrual(index=0, scaled_rate=0, at=block.timestamp))


@internal
@view
def last() -> rates.Accrual:
    word: uint256 = self.word
    return rates.Accrual(
        index=fixed_point.high_signed(word),
        scaled_rate=convert(convert(word << 128, bytes32), int256) >> (256 - RATE_BITS),
        at=word & (2**TIME_BITS - 1),
    )


@internal
def write(accrual: rates.Accrual):
    """
    @dev The scaled rate is below 2**79: its bound is the largest rate allowed, 10**18, times a day.
    """
    rate: uint256 = convert(convert(accrual.scaled_rate, bytes32), uint256) % 2**RATE_BITS
    self.word = (fixed_point.half_word(accrual.index) << 128) | (rate << TIME_BITS) | accrual.at


@internal
@view
def now(price: uint256, skew: int256, terms: rates.Terms) -> rates.Accrual:
    """
    @dev At this moment, at this price and the skew before the action.
    """
    return rates.accrued(self.last(), block.timestamp, price, skew, terms)


@internal
def accrue(price: uint256, skew: int256, terms: rates.Terms) -> int256:
    if self.last().at == block.timestamp:
        return self.last().index
    accrual: rates.Accrual = self.now(price, skew, terms)
    self.write(accrual)
    log FundingAccrued(
        funding_index=accrual.index,
        rate=accrual.scaled_rate // rates.DAY,
        scaled_rate=accrual.scaled_rate,
        price=price,
    )
    return accrual.index
