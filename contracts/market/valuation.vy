# pragma version 0.4.3
"""
@title Valuation
@notice What a position is worth at a price. Pure; the market and the lens judge health with the same lines.
"""
from . import fixed_point

struct Valuation:
    margin: uint256  # token units
    value: int256  # WAD quote
    notional: uint256  # WAD quote
    funding: int256  # accrued, > 0: owed, WAD quote
    equity: int256  # WAD quote


@internal
@pure
def value(size: int256, price: uint256) -> int256:
    """
    @dev Rounded down once; its magnitude is the notional, so that equity and requirement see one integer.
    """
    return fixed_point.signed_div_down(size * convert(price, int256), fixed_point.SIGNED_WAD)


@internal
@pure
def notional(size: int256, price: uint256) -> uint256:
    return fixed_point.magnitude(self.value(size, price))


@internal
@pure
def accrued_funding(size: int256, index: int256, index_at_touch: int256) -> int256:
    """
    @dev Rounded up: what the position owes grows, what it is due shrinks.
    """
    return fixed_point.signed_div_up(size * (index - index_at_touch), fixed_point.SIGNED_WAD)


@internal
@pure
def cost_removed(cost: int256, size: int256, quantity: uint256) -> int256:
    """
    @dev Cost basis of the part that is closed, rounded up, so that the realised profit is rounded down.
    """
    return fixed_point.signed_div_up(cost * convert(quantity, int256), abs(size))


@internal
@pure
def to_wad(tokens: uint256, token_scale: uint256) -> int256:
    return convert(tokens * token_scale, int256)


@internal
@pure
def to_tokens_down(amount: int256, token_scale: uint256) -> int256:
    return fixed_point.signed_div_down(amount, convert(token_scale, int256))


@internal
@pure
def appraise(
    size: int256,
    cost: int256,
    index_at_touch: int256,
    margin: uint256,
    token_scale: uint256,
    price: uint256,
    index: int256,
) -> Valuation:
    worth: int256 = self.value(size, price)
    funding: int256 = self.accrued_funding(size, index, index_at_touch)
    return Valuation(
        margin=margin,
        value=worth,
        notional=fixed_point.magnitude(worth),
        funding=funding,
        equity=self.to_wad(margin, token_scale) + worth - cost - funding,
    )
