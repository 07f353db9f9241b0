# pragma version 0.4.3
"""
@title Market stub
@notice Stands in for the market before the custody contracts: claims and reserve are what a test says, and it
        passes on the calls that only a market may make.
"""

from ..interfaces import IInsuranceFund
from ..interfaces import ILiquidityPool

claims: int256
refusal: String[32]
reserved: uint256  # WAD quote


@external
def set_claims(claims: int256, refusal: String[32]):
    """
    @notice Chooses what the pool is told of traders and of the price.
    @param claims What traders are owed, WAD quote.
    @param refusal Why the price is bad, empty for a good one.
    """
    self.claims = claims
    self.refusal = refusal


@external
def set_reserved(reserved: uint256):
    """
    @notice Chooses what the pool must keep.
    @param reserved WAD quote.
    """
    self.reserved = reserved


@view
@external
def pool_obligations() -> (int256, uint256, String[32]):
    """
    @notice What `set_claims` and `set_reserved` chose.
    @return WAD quote; WAD quote; the refusal.
    """
    return self.claims, self.reserved, self.refusal


@external
def pay_from_pool(pool: address, receiver: address, amount: uint256):
    """
    @notice Has the pool pay, as the market would.
    @param pool The liquidity pool.
    @param receiver Who gets the tokens.
    @param amount Token units.
    """
    extcall ILiquidityPool(pool).pay(receiver, amount)


@external
def cover_from_fund(fund: address, receiver: address, amount: uint256) -> uint256:
    """
    @notice Has the insurance fund pay, as the market would.
    @param fund The insurance fund.
    @param receiver Who gets the tokens.
    @param amount Token units asked for.
    @return Token units paid.
    """
    return extcall IInsuranceFund(fund).cover(receiver, amount)
