# pragma version 0.4.3
"""
@title Obligations
@notice What stands against the pool's cash: what traders would take, and what must stay for them. Pure.
"""
from . import fixed_point
from . import pricing

@internal
@pure
def claims(
    skew: int256, cost_sum: int256, funding_basis: int256, price: uint256, index: int256, skew_scale: uint256
) -> int256:
    """
    @dev What traders together would take beyond their margin if they all left now, rounded up, less the funding
         they owe, rounded down: against the pool, so that what is left to it is there.
    """
    pnl: int256 = fixed_point.signed_div_up(
        skew * convert(price, int256), fixed_point.SIGNED_WAD
    ) - cost_sum
    funding: int256 = fixed_point.signed_div_down(
        skew * index - funding_basis, fixed_point.SIGNED_WAD
    )
    return pnl - funding + convert(pricing.premium(price, skew, skew_scale), int256)


@internal
@pure
def reserved(side: uint256, price: uint256, reserve_ratio: uint256) -> uint256:
    """
    @dev For the larger side, rounded up twice.
    """
    notional: uint256 = fixed_point.mul_div_up(side, price, fixed_point.WAD)
    return fixed_point.mul_div_up(notional, reserve_ratio, fixed_point.WAD)


@internal
@pure
def are_excessive(claims: int256, cash: int256, threshold: uint256) -> bool:
    """
    @dev Whether claims exceed `threshold` (WAD; 0 for never) times the assets that `cash` (WAD quote) leaves beside
         them. Claims beyond the cash leave none.
    """
    if threshold == 0 or claims <= 0:
        return False
    assets: uint256 = convert(max(cash - claims, 0), uint256)
    return convert(claims, uint256) * fixed_point.WAD > threshold * assets
