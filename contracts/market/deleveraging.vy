# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Deleveraging
@notice Closing winners at the oracle price while traders are owed more than the pool can be trusted with, by anyone.
        A winner is paid in full, without fee or penalty, or not closed.
"""
from ..custody import vaults
from . import books
from . import events
from . import obligations
from . import positions
from . import pricing
from . import settings
from . import settlement
from . import valuation

uses: books
uses: positions
uses: settings
uses: settlement
uses: vaults


@external
def deleverage(id: uint256, price_limit: uint256) -> uint256:
    """
    @notice Closes a position in profit because trader claims exceed `adl_threshold` times the pool's assets. Anyone.
    @param id The position.
    @param price_limit Worst price accepted for its closing trade, WAD: least for a long, most for a short.
    @return Token units that reached the owner.
    """
    before: positions.State = positions.read_open(id)
    price: uint256 = books.forced_price().now
    index: int256 = books.accrue(price)
    claims: int256 = books.claims(price, index)
    self.check_needed(claims)
    vault: address = vaults.at(id)
    worth: valuation.Valuation = books.appraise(before, books.margin(vault, before), price, index)
    pnl: int256 = worth.value - before.cost
    assert pnl > worth.funding, "market: position not in profit"
    pricing.check_limit(price, -before.size, price_limit)
    paid: int256 = valuation.to_tokens_down(pnl - worth.funding, settlement.TOKEN_SCALE)
    settlement.check_pool_cash(paid)
    payout: uint256 = books.end(id, vault, before, paid)
    assert books.claims(price, index) < claims, "market: deleverage does not help"
    log events.PositionDeleveraged(
        id=id,
        owner=before.owner,
        caller=msg.sender,
        size_delta=-before.size,
        price=price,
        realised_pnl=pnl,
        funding=worth.funding,
        settlement=paid,
        payout=payout,
    )
    return payout


@internal
@view
def check_needed(claims: int256):
    cash: int256 = convert(settlement.pool_cash() * settlement.TOKEN_SCALE, int256)
    needed: bool = obligations.are_excessive(claims, cash, settings.adl_threshold())
    assert needed, "market: deleverage not needed"
