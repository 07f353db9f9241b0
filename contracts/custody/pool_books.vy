# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Pool books
@notice What the pool holds and what it owes: cash in tokens, the claims of all traders as the market counts them,
        and the reserve that has to stay.
"""

from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed

from ..interfaces import IMarket
from ..market import fixed_point


struct Books:
    assets: int256  # token units, cash less claims, down; negative when claims exceed the cash
    cash: uint256  # token units
    reserve: uint256  # token units that must stay in the assets, up
    refusal: String[32]  # why nobody may enter or leave, empty when they may


event MarketSet:
    market: indexed(address)


MAX_ASSET_DECIMALS: constant(uint8) = 18
NO_MARKET: constant(String[32]) = "pool: no market"

asset: public(immutable(address))
ASSET_DECIMALS: immutable(uint8)
SCALE: immutable(uint256)  # token units -> WAD

market: public(address)


@deploy
def __init__(asset_: address):
    decimals: uint8 = staticcall IERC20Detailed(asset_).decimals()
    assert decimals <= MAX_ASSET_DECIMALS, "pool: too many decimals"
    asset = asset_
    ASSET_DECIMALS = decimals
    SCALE = 10 ** convert(MAX_ASSET_DECIMALS - decimals, uint256)


@internal
def store_market(market: address):
    """
    @dev Once and for all.
    """
    assert self.market == empty(address), "pool: market already set"
    assert market != empty(address), "pool: market is zero"
    self.market = market
    log MarketSet(market=market)


@view
@internal
def cash() -> uint256:
    return staticcall IERC20(asset).balanceOf(self)


@view
@internal
def now() -> Books:
    """
    @dev At the newest price, good or bad.
    """
    cash: uint256 = self.cash()
    claims: int256 = 0
    reserve: uint256 = 0
    refusal: String[32] = NO_MARKET
    if self.market != empty(address):
        claims, reserve, refusal = staticcall IMarket(self.market).pool_obligations()
    worth: int256 = convert(cash * SCALE, int256) - claims
    return Books(
        assets=fixed_point.signed_div_down(worth, convert(SCALE, int256)),
        cash=cash,
        reserve=fixed_point.div_up(reserve, SCALE),
        refusal=refusal,
    )


@pure
@internal
def total_assets(books: Books) -> uint256:
    return convert(max(books.assets, 0), uint256)


@pure
@internal
def above_reserve(books: Books) -> uint256:
    """
    @dev Token units that may leave.
    """
    assets: uint256 = self.total_assets(books)
    return assets - min(books.reserve, assets)


@pure
@internal
def available(books: Books) -> uint256:
    """
    @dev Token units that all shareholders together could take out now.
    """
    if books.refusal != "":
        return 0
    return min(self.above_reserve(books), books.cash)
