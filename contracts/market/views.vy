# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Views
@notice What the market shows of itself.
"""
from ..custody import vaults
from ..interfaces import IMarket
from . import administration
from . import books
from . import funding
from . import positions
from . import rates

uses: administration
uses: books
uses: funding
uses: positions
uses: vaults


@external
@view
def position(id: uint256) -> IMarket.Position:
    """
    @notice One position as the market holds it.
    @param id The position.
    @return All fields zero for an id never used; size and margin 0 after the end.
    """
    state: positions.State = positions.read(id)
    if state.owner == empty(address):
        return empty(IMarket.Position)
    vault: address = vaults.at(id)
    margin: uint256 = 0
    if state.size != 0:
        margin = books.margin(vault, state)
    return IMarket.Position(
        owner=state.owner,
        vault=vault,
        size=state.size,
        cost=state.cost,
        funding_index=state.funding_index,
        keeper_reserve=state.keeper_reserve,
        margin=margin,
    )


@external
@view
def last_id() -> uint256:
    """
    @notice The id of the newest position; ids count from 1 and are never used twice.
    @return 0 before the first.
    """
    return positions.last_id()


@external
@view
def open_interest() -> (uint256, uint256):
    """
    @notice Sizes of all longs together and of all shorts together.
    @return WAD base: long, short.
    """
    return positions.long(), positions.short()


@external
@view
def aggregates() -> (int256, int256, int256):
    """
    @notice The running sums over open positions.
    @return Skew (WAD base); sum of costs (WAD quote); sum of size x funding index (WAD squared).
    """
    return positions.skew(), positions.cost_sum(), positions.funding_basis


@external
@view
def funding_index() -> int256:
    """
    @notice The cumulative funding index at its last accrual.
    @return WAD quote per unit of base held long.
    """
    return funding.last().index


@external
@view
def funding_index_at(price: uint256) -> int256:
    """
    @notice The cumulative funding index, accrued to this moment at `price`.
    @param price WAD quote per base.
    @return WAD quote per unit of base held long.
    """
    return books.index_now(price)


@external
@view
def funding_accrual() -> rates.Accrual:
    """
    @notice Where funding stood when it was last brought up to date.
    @return Index, WAD quote per base; rate a day, WAD, times 86400; unix seconds.
    """
    return funding.last()


@external
@view
def approved(id: uint256) -> address:
    """
    @notice Who may manage a position besides its owner.
    @param id The position.
    @return The manager; the zero address for nobody.
    """
    return positions.managers[id]


@external
@view
def pool_obligations() -> (int256, uint256, String[32]):
    """
    @notice What stands against the pool's cash at the newest price, good or bad.
    @return What all traders together would take beyond their margin if they all left now, net of funding, WAD quote;
            what liquidity providers must leave, WAD quote, rounded up; why the price is bad, empty for a good one.
    """
    price: uint256 = 0
    reason: String[32] = ""
    price, reason = staticcall administration.oracle.peek()
    return books.claims(price, books.index_now(price)), books.reserved(price), reason
