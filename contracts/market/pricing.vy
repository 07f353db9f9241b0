# pragma version 0.4.3
"""
@title Pricing
@notice What a trade costs: the skew fill price, its cost and its fee. Pure.
"""
from . import fixed_point


@internal
@pure
def fill_price(price: uint256, skew: int256, size_delta: int256, skew_scale: uint256) -> uint256:
    """
    @dev price x (1 + (skew + size_delta / 2) / skew_scale), rounded against the trader: the price of the
         middle of the trade, so that a trade in parts pays what it pays at once.
    """
    scale: int256 = convert(2 * skew_scale, int256)
    weight: int256 = scale + 2 * skew + size_delta
    assert weight > 0, "market: skew beyond scale"
    product: uint256 = price * convert(weight, uint256)
    if size_delta > 0:
        return fixed_point.div_up(product, 2 * skew_scale)
    return product // (2 * skew_scale)


@internal
@pure
def premium(price: uint256, skew: int256, skew_scale: uint256) -> uint256:
    """
    @dev WAD quote, rounded up: what the skew has cost to come about at this price. Whoever undoes it, in one trade or
         in many, gets it back, so it is not the pool's.
    """
    size: uint256 = fixed_point.magnitude(skew)
    notional: uint256 = fixed_point.mul_div_up(price, size, fixed_point.WAD)
    return fixed_point.mul_div_up(notional, size, 2 * skew_scale)


@internal
@pure
def check_limit(fill: uint256, size_delta: int256, price_limit: uint256):
    met: bool = fill >= price_limit
    if size_delta > 0:
        met = fill <= price_limit
    assert met, "market: price limit"


@internal
@pure
def trade_cost(size_delta: int256, price: uint256) -> int256:
    """
    @dev Signed quote paid, rounded up: a buyer pays more, a seller receives less.
    """
    return fixed_point.signed_div_up(size_delta * convert(price, int256), fixed_point.SIGNED_WAD)


@internal
@pure
def trade_fee(cost: int256, fee_ratio: uint256) -> uint256:
    return fixed_point.mul_div_up(fixed_point.magnitude(cost), fee_ratio, fixed_point.WAD)
