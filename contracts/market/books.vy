# pragma version 0.4.3
"""
@title Books
@notice What every action reads first: the price, funding brought up to date, and what a position or the pool
        is worth at that price.
"""
from ..custody import vaults
from . import administration
from . import funding
from . import obligations
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

struct ForcedPrice:
    now: uint256  # WAD quote per base
    in_grace: bool  # after an outage
    before: uint256  # the last good price before it, WAD; 0 when unknown


@internal
@view
def exit_price() -> uint256:
    return staticcall administration.oracle.price()


@internal
def entry_price() -> uint256:
    return extcall administration.oracle.entry_price()


@internal
def forced_price() -> ForcedPrice:
    price: ForcedPrice = empty(ForcedPrice)
    price.now, price.in_grace, price.before = extcall administration.oracle.forced_price()
    return price


@internal
def accrue(price: uint256) -> int256:
    return funding.accrue(price, positions.skew(), settings.funding_terms())


@internal
@view
def index_now(price: uint256) -> int256:
    return funding.now(price, positions.skew(), settings.funding_terms()).index


@internal
@view
def claims(price: uint256, index: int256) -> int256:
    return obligations.claims(
        positions.skew(), positions.cost_sum(), positions.funding_basis, price, index, settings.skew_scale()
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
def end(id: uint256, vault: address, before: positions.State, due: int256) -> uint256:
    """
    @dev Settles `due`, token units, and pays the owner all that the vault holds then; says what arrived.
    """
    positions.write(id, before, positions.closed(before))
    settlement.settle(vault, due)
    return vaults.try_pay(vault, before.owner, vaults.holdings(vault))


@internal
@view
def reserved(price: uint256) -> uint256:
    side: uint256 = max(positions.long(), positions.short())
    return obligations.reserved(side, price, settings.ratios().reserve)


@internal
@view
def maintenance_margin(notional: uint256) -> int256:
    return convert(staticcall administration.risk_engine.maintenance_margin(notional), int256)


@internal
@view
def check_initial_margin(held: int256, notional: uint256):
    needed: uint256 = staticcall administration.risk_engine.initial_margin(notional)
    assert held >= convert(needed, int256), "market: below initial margin"
