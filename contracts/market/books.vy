# pragma version 0.4.3
"""
@title Books
@notice What every action reads first: the price, funding brought up to date, and what a position or the pool
        is worth at that price.
"""
from ..custody import vaults
from . import administration
from . import fixed_point
from . import funding
from . import positions
from . import settings
from . import settlement
from . import valuation

uses: administration
uses: funding
uses: positions
uses: settings
uses: settlement
uses: vaults


@internal
@view
def price() -> uint256:
    return staticcall administration.oracle.price()


@internal
def accrue(price: uint256) -> int256:
    return funding.accrue(
        price, positions.skew(), settings.skew_scale(), settings.ratios().max_funding_rate
    )


@internal
@view
def index_now(price: uint256) -> int256:
    return funding.index_now(
        price, positions.skew(), settings.skew_scale(), settings.ratios().max_funding_rate
    )


@internal
@view
def margin(vault: address, state: positions.State) -> uint256:
    return vaults.holdings(vault) - state.keeper_reserve


@internal
@view
def appraise(
    state: positions.State, margin: uint256, price: uint256, index: int256
) -> valuation.Valuation:
    return valuation.appraise(
        state.size, state.cost, state.funding_index, margin, settlement.TOKEN_SCALE, price, index
    )


@internal
@view
def reserved(price: uint256) -> uint256:
    side: uint256 = max(positions.long(), positions.short())
    notional: uint256 = fixed_point.mul_div_up(side, price, fixed_point.WAD)
    return fixed_point.mul_div_up(notional, settings.ratios().reserve, fixed_point.WAD)


@internal
@view
def maintenance_margin(notional: uint256) -> int256:
    return convert(staticcall administration.risk_engine.maintenance_margin(notional), int256)


@internal
@view
def check_initial_margin(held: int256, notional: uint256):
    needed: uint256 = staticcall administration.risk_engine.initial_margin(notional)
    assert held >= convert(needed, int256), "market: below initial margin"
