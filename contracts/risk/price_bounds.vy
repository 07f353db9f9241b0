# pragma version 0.4.3
"""
@title Price bounds
@notice Turns a bound on a position's notional into a bound on the price, exactly: the notional is the rounded
        integer that equity and requirement see, and each answer is the last price that still rounds to it. Pure.
"""

from ..market import fixed_point

SIGNED_WAD: constant(int256) = 10**18


@pure
@internal
def highest_long_price(notional: int256, quantity: int256) -> uint256:
    """
    @dev Greatest price at which a long of `quantity` is worth at most `notional`; 0 when not even nothing is.
    """
    if notional < 0:
        return 0
    return convert(fixed_point.signed_div_up((notional + 1) * SIGNED_WAD, quantity) - 1, uint256)


@pure
@internal
def lowest_short_price(notional: int256, quantity: int256) -> uint256:
    """
    @dev Least positive price at which a short of `quantity` owes at least `notional`.
    """
    price: int256 = fixed_point.signed_div_down((notional - 1) * SIGNED_WAD, quantity) + 1
    return convert(max(price, 1), uint256)


@pure
@internal
def bankruptcy_price(size: int256, net_cash: int256) -> uint256:
    """
    @dev The first price of zero equity: the greatest for a long (0 when there is none), the least for a short.
    """
    if size > 0:
        return self.highest_long_price(-net_cash, size)
    return self.lowest_short_price(net_cash, -size)
