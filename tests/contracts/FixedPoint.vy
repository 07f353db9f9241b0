# pragma version 0.4.3
"""
@title Fixed point
@notice The fixed point module with nothing around it.
"""
from market import fixed_point


@pure
@external
def mul_div_up(x: uint256, y: uint256, denominator: uint256) -> uint256:
    return fixed_point.mul_div_up(x, y, denominator)


@pure
@external
def signed_divisions(x: int256, denominator: int256) -> (int256, int256, int256):
    return (
        fixed_point.signed_div_down(x, denominator),
        fixed_point.signed_div_up(x, denominator),
        fixed_point.signed_div_away(x, denominator),
    )


@pure
@external
def pack(high: uint256, low: uint256) -> (uint256, uint256, uint256):
    word: uint256 = fixed_point.pack(high, low)
    return word, fixed_point.high(word), fixed_point.low(word)


@pure
@external
def pack_signed(high: int256, low: int256) -> (uint256, int256, int256):
    word: uint256 = fixed_point.pack_signed(high, low)
    return word, fixed_point.high_signed(word), fixed_point.low_signed(word)


@pure
@external
def signed_like(size: int256, quantity: uint256) -> int256:
    return fixed_point.signed_like(size, quantity)
