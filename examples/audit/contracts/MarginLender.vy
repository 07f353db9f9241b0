# pragma version 0.4.3
"""
@title Margin lender
@notice Lends against positions that it owns. As it is deployed, it counts unrealised profit as security, or only what was
        paid in: the first is flawed on purpose. Funding is left out of account.
"""

from ethereum.ercs import IERC20
from interfaces import IMarket

interface Closing:
    def close(id: uint256, price_limit: uint256, deadline: uint256): nonpayable


SCALE: constant(int256) = 10**12  # WAD per token unit of 6 decimals
WAD: constant(int256) = 10**18

token: immutable(IERC20)
market: immutable(IMarket)
counts_unrealised: public(immutable(bool))
borrower: public(HashMap[uint256, address])
debt: public(HashMap[uint256, uint256])  # token units


@deploy
def __init__(token_: address, market_: address, counts_unrealised_: bool):
    """
    @param token_ Collateral of 6 decimals.
    @param market_ Where the positions are.
    @param counts_unrealised_ Whether profit that nobody has paid yet is security.
    """
    token = IERC20(token_)
    market = IMarket(market_)
    counts_unrealised = counts_unrealised_


@external
def borrow(id: uint256, amount: uint256):
    """
    @notice Lends to whoever was the first to borrow against a position.
    @param id A position of this contract.
    @param amount Token units.
    """
    assert (staticcall market.position(id)).owner == self, "lender: not mine"
    if self.borrower[id] == empty(address):
        self.borrower[id] = msg.sender
    assert self.borrower[id] == msg.sender, "lender: not yours"
    self.debt[id] += amount
    assert convert(self.debt[id], int256) * SCALE <= self._credit(id), "lender: beyond credit"
    assert extcall token.transfer(msg.sender, amount)


@external
def collect(id: uint256):
    """
    @notice Closes a position, keeps what is owed and hands out the rest.
    @param id The position.
    """
    before: uint256 = staticcall token.balanceOf(self)
    extcall Closing(market.address).close(id, 0, block.timestamp)
    got: uint256 = staticcall token.balanceOf(self) - before
    kept: uint256 = min(got, self.debt[id])
    self.debt[id] -= kept
    assert extcall token.transfer(self.borrower[id], got - kept)


@view
@external
def credit(id: uint256) -> int256:
    """
    @notice How much may be owed against a position.
    @param id The position.
    @return WAD quote.
    """
    return self._credit(id)


@view
@internal
def _credit(id: uint256) -> int256:
    position: IMarket.Position = staticcall market.position(id)
    price: uint256 = staticcall (staticcall market.oracle()).price()
    margin: int256 = convert(position.margin, int256) * SCALE
    equity: int256 = margin + position.size * convert(price, int256) // WAD - position.cost
    if counts_unrealised:
        return equity
    return min(equity, margin)
