# pragma version 0.4.3
"""
@title Funding
@notice The cumulative funding index and the moment it was last brought up to date.
        Proportional: a day's rate is max_rate x clamp(skew / skew_scale, +-1); longs pay while it is positive.
"""
from . import fixed_point

DAY: constant(int256) = 86400

event FundingAccrued:
    funding_index: int256  # WAD quote per unit of base held long
    rate: int256  # WAD a day
    price: uint256  # WAD

accrual: uint256  # funding index, int128 | time of the last accrual


@deploy
def __init__():
    self.accrual = fixed_point.pack_signed(0, convert(block.timestamp, int256))


@internal
@view
def index() -> int256:
    return fixed_point.high_signed(self.accrual)


@internal
@pure
def rate(skew: int256, skew_scale: uint256, max_rate: uint256) -> int256:
    """
    @dev WAD a day, away from zero: the majority side pays, so that traders together never gain by rounding.
    """
    scale: int256 = convert(skew_scale, int256)
    clamped: int256 = max(-scale, min(skew, scale))
    return fixed_point.signed_div_away(clamped * convert(max_rate, int256), scale)


@internal
@pure
def increment(rate: int256, price: uint256, elapsed: int256) -> int256:
    return fixed_point.signed_div_away(
        rate * convert(price, int256) * elapsed, fixed_point.SIGNED_WAD * DAY
    )


@internal
@view
def index_now(price: uint256, skew: int256, skew_scale: uint256, max_rate: uint256) -> int256:
    elapsed: int256 = convert(block.timestamp, int256) - fixed_point.low_signed(self.accrual)
    return self.index() + self.increment(self.rate(skew, skew_scale, max_rate), price, elapsed)


@internal
def accrue(price: uint256, skew: int256, skew_scale: uint256, max_rate: uint256) -> int256:
    """
    @dev Brings the index to this moment at this price and the skew before the action.
    """
    now: int256 = convert(block.timestamp, int256)
    elapsed: int256 = now - fixed_point.low_signed(self.accrual)
    current: int256 = self.index()
    if elapsed == 0:
        return current
    rate: int256 = self.rate(skew, skew_scale, max_rate)
    current += self.increment(rate, price, elapsed)
    self.accrual = fixed_point.pack_signed(current, now)
    log FundingAccrued(funding_index=current, rate=rate, price=price)
    return current
