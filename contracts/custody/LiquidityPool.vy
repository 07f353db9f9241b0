# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Liquidity pool
@notice The counterparty of all positions, owned by its shareholders: an ERC-4626 vault whose assets are its cash
        less what traders are owed beyond their margin. While the price is bad, nothing enters or leaves; the
        views go on with the newest price. Names in camel case are the ones ERC-4626 and ERC-20 demand.

        Wiped out: with assets of exactly zero a deposit buys nearly the whole pool, and at most one token unit
        goes to the old shares. While claims exceed the cash, a deposit would only fill the hole, so it is refused.
"""

from ethereum.ercs import IERC20
from ethereum.ercs import IERC4626
from snekmate.auth import ownable
from snekmate.auth import ownable_2step
from snekmate.tokens import erc20

from ..interfaces import ILiquidityPool
from . import pool_books
from . import pool_shares
from . import withdrawal_requests

implements: IERC20
implements: IERC4626
implements: ILiquidityPool
initializes: ownable
initializes: ownable_2step[ownable := ownable]
initializes: erc20[ownable := ownable]
initializes: withdrawal_requests
initializes: pool_shares[erc20 := erc20, withdrawal_requests := withdrawal_requests]
initializes: pool_books
exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.allowance,
    erc20.approve,
    erc20.permit,
    erc20.nonces,
    erc20.DOMAIN_SEPARATOR,
    erc20.eip712Domain,
    pool_shares.transfer,
    pool_shares.transferFrom,
    pool_shares.request_withdrawal,
    pool_books.asset,
    pool_books.market,
    withdrawal_requests.cooldown,
    withdrawal_requests.withdrawal_window,
    withdrawal_requests.withdrawal_request,
)


INSOLVENT: constant(String[32]) = "pool: insolvent"
ZERO_SHARES: constant(String[32]) = "pool: zero shares"
ZERO_ASSETS: constant(String[32]) = "pool: zero assets"
TOKEN_REFUSED: constant(String[32]) = "pool: token refused"


@deploy
def __init__(asset: address, name: String[25], symbol: String[5], cooldown: uint256, window: uint256):
    """
    @notice The deployer becomes the owner.
    @param asset The collateral token, at most 18 decimals.
    @param name Of the share.
    @param symbol Of the share.
    @param cooldown Seconds, as `set_withdrawal_terms`.
    @param window Seconds, as `set_withdrawal_terms`.
    """
    ownable.__init__()
    ownable_2step.__init__()
    pool_books.__init__(asset)
    erc20.__init__(name, symbol, pool_books.ASSET_DECIMALS + pool_shares.EXTRA_DECIMALS, name, "1")
    withdrawal_requests.set_terms(cooldown, window)


# Entering


@external
def deposit(assets: uint256, receiver: address) -> uint256:
    """
    @notice Buys shares for tokens; what arrived counts.
    @param assets Token units to take from the caller.
    @param receiver Who gets the shares.
    @return Shares, rounded down.
    """
    arrived: uint256 = self.take(assets)
    shares: uint256 = pool_shares.to_shares(arrived, self.assets_before(arrived), False)
    assert shares > 0, ZERO_SHARES
    self.issue(receiver, arrived, shares)
    return shares


@external
def mint(shares: uint256, receiver: address) -> uint256:
    """
    @notice Buys a number of shares. Refused when fewer tokens arrive than they cost.
    @param shares Shares wanted.
    @param receiver Who gets them.
    @return Token units taken, rounded up.
    """
    assert shares > 0, ZERO_SHARES
    assets: uint256 = pool_shares.to_assets(shares, self.assets_before(0), True)
    arrived: uint256 = self.take(assets)
    assert arrived >= pool_shares.to_assets(shares, self.assets_before(arrived), True), "pool: too little arrived"
    self.issue(receiver, assets, shares)
    return assets


@internal
def take(assets: uint256) -> uint256:
    """
    @dev Token units that arrived, never more than asked: what others pay in meanwhile is not the caller's.
    """
    before: uint256 = pool_books.cash()
    assert extcall IERC20(pool_books.asset).transferFrom(
        msg.sender, self, assets, default_return_value=True
    ), TOKEN_REFUSED
    return min(pool_books.cash() - before, assets)


@view
@internal
def assets_before(arrived: uint256) -> uint256:
    """
    @dev What the pool is worth without the tokens that just arrived. Taken after they did, so that a token that
         calls back cannot move it in between.
    """
    books: pool_books.Books = pool_books.now()
    assert books.refusal == "", books.refusal
    assets: int256 = books.assets - convert(arrived, int256)
    assert assets >= 0, INSOLVENT
    return convert(assets, uint256)


@internal
def issue(receiver: address, assets: uint256, shares: uint256):
    erc20._mint(receiver, shares)
    log IERC4626.Deposit(sender=msg.sender, owner=receiver, assets=assets, shares=shares)


# Leaving


@external
def withdraw(assets: uint256, receiver: address, owner: address) -> uint256:
    """
    @notice Takes tokens out for shares.
    @param assets Token units wanted.
    @param receiver Who gets them.
    @param owner Whose shares are burned; someone else needs an allowance of shares.
    @return Shares burned, rounded up.
    """
    assert assets > 0, ZERO_ASSETS
    books: pool_books.Books = pool_books.now()
    shares: uint256 = pool_shares.to_shares(assets, pool_books.total_assets(books), True)
    self.leave(assets, shares, receiver, owner, books)
    return shares


@external
def redeem(shares: uint256, receiver: address, owner: address) -> uint256:
    """
    @notice Turns shares into tokens.
    @param shares Shares to burn.
    @param receiver Who gets the tokens.
    @param owner Whose shares are burned; someone else needs an allowance of shares.
    @return Token units paid, rounded down.
    """
    assert shares > 0, ZERO_SHARES
    books: pool_books.Books = pool_books.now()
    assets: uint256 = pool_shares.to_assets(shares, pool_books.total_assets(books), False)
    self.leave(assets, shares, receiver, owner, books)
    return assets


@internal
def leave(assets: uint256, shares: uint256, receiver: address, owner: address, books: pool_books.Books):
    assert books.refusal == "", books.refusal
    assert assets > 0, ZERO_ASSETS
    if msg.sender != owner:
        erc20._spend_allowance(owner, msg.sender, shares)
    withdrawal_requests.use_up(owner, shares)
    assert assets <= books.cash, "pool: short of cash"
    assert assets <= pool_books.above_reserve(books), "pool: reserve"

    pool_shares.burn(owner, shares)
    log IERC4626.Withdraw(sender=msg.sender, receiver=receiver, owner=owner, assets=assets, shares=shares)
    self.send(receiver, assets)


# Standing behind the positions


@external
def pay(receiver: address, amount: uint256):
    """
    @notice Pays a trader's profit into a vault. Market only.
    @param receiver The vault.
    @param amount Token units, at most the pool's balance.
    """
    assert msg.sender == pool_books.market, "pool: only the market"
    self.send(receiver, amount)


@internal
def send(receiver: address, amount: uint256):
    assert extcall IERC20(pool_books.asset).transfer(receiver, amount, default_return_value=True), TOKEN_REFUSED


# Views


@view
@external
def totalAssets() -> uint256:
    """
    @notice Cash less trader claims, at the newest price, good or bad; 0 when claims exceed the cash.
    @return Token units, rounded down.
    """
    return pool_books.total_assets(pool_books.now())


@view
@external
def convertToShares(assetAmount: uint256) -> uint256:
    """
    @notice Shares that an amount is worth.
    @param assetAmount Token units.
    @return Shares, rounded down.
    """
    return pool_shares.to_shares(assetAmount, pool_books.total_assets(pool_books.now()), False)


@view
@external
def convertToAssets(shareAmount: uint256) -> uint256:
    """
    @notice Tokens that shares are worth.
    @param shareAmount Shares.
    @return Token units, rounded down.
    """
    return pool_shares.to_assets(shareAmount, pool_books.total_assets(pool_books.now()), False)


@view
@external
def previewDeposit(assets: uint256) -> uint256:
    """
    @notice What `deposit` would give at this price, were it allowed.
    @param assets Token units.
    @return Shares, rounded down.
    """
    return pool_shares.to_shares(assets, pool_books.total_assets(pool_books.now()), False)


@view
@external
def previewMint(shares: uint256) -> uint256:
    """
    @notice What `mint` would cost at this price, were it allowed.
    @param shares Shares.
    @return Token units, rounded up.
    """
    return pool_shares.to_assets(shares, pool_books.total_assets(pool_books.now()), True)


@view
@external
def previewWithdraw(assets: uint256) -> uint256:
    """
    @notice What `withdraw` would burn at this price, were it allowed.
    @param assets Token units.
    @return Shares, rounded up.
    """
    return pool_shares.to_shares(assets, pool_books.total_assets(pool_books.now()), True)


@view
@external
def previewRedeem(shares: uint256) -> uint256:
    """
    @notice What `redeem` would pay at this price, were it allowed.
    @param shares Shares.
    @return Token units, rounded down.
    """
    return pool_shares.to_assets(shares, pool_books.total_assets(pool_books.now()), False)


@view
@external
def maxDeposit(owner: address) -> uint256:
    """
    @notice No limit, or 0 while nobody may enter.
    @param owner Who would get the shares; it makes no difference.
    @return Token units.
    """
    return self.entry_limit()


@view
@external
def maxMint(owner: address) -> uint256:
    """
    @notice No limit, or 0 while nobody may enter.
    @param owner Who would get the shares; it makes no difference.
    @return Shares.
    """
    return self.entry_limit()


@view
@external
def maxWithdraw(owner: address) -> uint256:
    """
    @notice What `owner` could withdraw now, by balance, request, cash and reserve; 0 while the price is bad.
    @param owner Whose shares.
    @return Token units.
    """
    books: pool_books.Books = pool_books.now()
    shares: uint256 = pool_shares.redeemable(owner)
    return min(pool_shares.to_assets(shares, pool_books.total_assets(books), False), pool_books.available(books))


@view
@external
def maxRedeem(owner: address) -> uint256:
    """
    @notice What `owner` could redeem now, by balance, request, cash and reserve; 0 while the price is bad, and
            for shares that are not worth a token unit.
    @param owner Whose shares.
    @return Shares.
    """
    books: pool_books.Books = pool_books.now()
    total: uint256 = pool_books.total_assets(books)
    shares: uint256 = min(
        pool_shares.redeemable(owner),
        pool_shares.to_shares(pool_books.available(books), total, False),
    )
    if pool_shares.to_assets(shares, total, False) == 0:
        return 0
    return shares


@view
@internal
def entry_limit() -> uint256:
    books: pool_books.Books = pool_books.now()
    if books.refusal != "" or books.assets < 0:
        return 0
    return max_value(uint256)


# Administration


@external
def set_market(market: address):
    """
    @notice Names the market behind which the pool stands, once and for all. Owner only.
    @param market The market.
    """
    ownable._check_owner()
    pool_books.store_market(market)


@external
def set_withdrawal_terms(cooldown: uint256, window: uint256):
    """
    @notice Sets how long leaving takes. Owner only. Requests already made keep their terms, but for a cooldown
            of 0, which frees everyone.
    @param cooldown Seconds from request to window, at most 30 days; 0 needs no request.
    @param window Seconds, from an hour to 30 days.
    """
    ownable._check_owner()
    withdrawal_requests.set_terms(cooldown, window)
