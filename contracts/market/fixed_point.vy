# pragma version 0.4.3
"""
@title Fixed point
@notice Integer arithmetic whose names say which way it rounds. Pure; every other contract counts with it.
        `down` is towards minus infinity, `up` towards plus infinity, `away` away from zero.
"""

WAD: constant(uint256) = 10**18
SIGNED_WAD: constant(int256) = 10**18

OUT_OF_RANGE: constant(String[32]) = "market: number out of range"
HALF: constant(uint256) = 2**128 - 1
SIGNED_HALF: constant(int256) = 2**127


@internal
@pure
def magnitude(x: int256) -> uint256:
    return convert(abs(x), uint256)


@internal
@pure
def signed_like(size: int256, quantity: uint256) -> int256:
    if size < 0:
        return -convert(quantity, int256)
    return convert(quantity, int256)


@internal
@pure
def div_up(x: uint256, denominator: uint256) -> uint256:
    return x // denominator + convert(x % denominator != 0, uint256)


@internal
@pure
def mul_div_up(x: uint256, y: uint256, denominator: uint256) -> uint256:
    return self.div_up(x * y, denominator)


@internal
@pure
def signed_div_down(x: int256, denominator: int256) -> int256:
    """
    @dev `denominator` is positive; Vyper's own division truncates.
    """
    return x // denominator - convert(x % denominator < 0, int256)


@internal
@pure
def signed_div_up(x: int256, denominator: int256) -> int256:
    return x // denominator + convert(x % denominator > 0, int256)


@internal
@pure
def signed_div_away(x: int256, denominator: int256) -> int256:
    if x < 0:
        return self.signed_div_down(x, denominator)
    return self.signed_div_up(x, denominator)


@internal
@pure
def half_word(x: int256) -> uint256:
    """
    @dev A signed number in 128 bits; refuses what does not fit.
    """
    assert x >= -SIGNED_HALF and x < SIGNED_HALF, OUT_OF_RANGE
    return convert(convert(x, bytes32), uint256) & HALF


@internal
@pure
def pack_signed(high: int256, low: int256) -> uint256:
    return (self.half_word(high) << 128) | self.half_word(low)


@internal
@pure
def high_signed(word: uint256) -> int256:
    return convert(convert(word, bytes32), int256) >> 128


@internal
@pure
def low_signed(word: uint256) -> int256:
    return convert(convert(word << 128, bytes32), int256) >> 128


@internal
@pure
def pack(high: uint256, low: uint256) -> uint256:
    """
    @dev Two 128-bit unsigned numbers in one slot; refuses what does not fit.
    """
    assert high <= HALF and low <= HALF, OUT_OF_RANGE
    return (high << 128) | low


@internal
@pure
def high(word: uint256) -> uint256:
    return word >> 128


@internal
@pure
def low(word: uint256) -> uint256:
    return word & HALF
