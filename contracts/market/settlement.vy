# pragma version 0.4.3
"""
@title Settlement
@notice Moves what an action settles, in tokens and at once, between a position's vault, the liquidity pool and
        the insurance fund.
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed
from ..custody import vaults
from ..interfaces import IInsuranceFund
from ..interfaces import ILiquidityPool
from . import events


asset: public(immutable(IERC20))
pool: public(immutable(ILiquidityPool))
insurance_fund: public(immutable(IInsuranceFund))
TOKEN_SCALE: immutable(uint256)  # WAD per token unit

bad_debt: public(uint256)  # WAD quote, all that vaults could not pay so far


@deploy
def __init__(asset_: address, pool_: address, insurance_fund_: address):
    asset = IERC20(asset_)
    pool = ILiquidityPool(pool_)
    insurance_fund = IInsuranceFund(insurance_fund_)
    TOKEN_SCALE = 10 ** (18 - convert(staticcall IERC20Detailed(asset_).decimals(), uint256))


@internal
@view
def pool_cash() -> uint256:
    return staticcall asset.balanceOf(pool.address)


@internal
@view
def check_pool_cash(payment: int256):
    if payment > 0:
        assert payment <= convert(self.pool_cash(), int256), "market: pool short of cash"


@internal
def settle(vault: address, settlement: int256):
    if settlement > 0:
        extcall pool.pay(vault, convert(settlement, uint256))
    else:
        vaults.pay(vault, pool.address, convert(-settlement, uint256))


@internal
def cover(id: uint256, shortfall: uint256):
    """
    @dev The insurance fund stands in first, in whole tokens; the pool bears the rest.
    """
    if shortfall == 0:
        return
    self.bad_debt += shortfall
    paid: uint256 = extcall insurance_fund.cover(pool.address, shortfall // TOKEN_SCALE)
    log events.BadDebt(
        id=id, amount=shortfall, insurance_paid=paid, pool_loss=shortfall - paid * TOKEN_SCALE
    )
