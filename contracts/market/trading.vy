# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Trading
@notice Opening, enlarging, reducing and closing a position at the skew fill price.
"""
from ..custody import vaults
from . import administration
from . import books
from . import events
from . import fixed_point
from . import positions
from . import pricing
from . import settings
from . import settlement
from . import valuation

uses: administration
uses: books
uses: positions
uses: settings
uses: settlement
uses: vaults

struct Deal:
    fill_price: uint256
    cost: int256
    fee: uint256
    realised_pnl: int256
    funding: int256
    settlement: int256
    margin: uint256


@external
def open(
    size: int256, margin: uint256, price_limit: uint256, deadline: uint256, owner: address = msg.sender
) -> uint256:
    """
    @notice Opens a position in a vault of its own. The caller pays the margin and the keeper reserve; the position,
            and all that it ever pays out, is the owner's.
    @param size Signed base quantity, WAD; long if positive.
    @param margin Token units; what arrives above the keeper reserve is credited.
    @param price_limit Worst fill price accepted, WAD.
    @param deadline Last timestamp at which it may execute, seconds.
    @param owner Whose it is; the caller's if left out.
    @return The position's id.
    """
    self.check_deadline(deadline)
    self.check_opening()
    self.check_not_zero(fixed_point.magnitude(size))
    assert owner != empty(address), "market: owner is zero"
    price: uint256 = books.entry_price()
    index: int256 = books.accrue(price)
    id: uint256 = positions.new_id()
    vault: address = vaults.create(id)
    reserve: uint256 = settings.keeper_reserve()
    held: uint256 = vaults.take(vault, msg.sender, margin + reserve)
    assert held >= reserve, "market: margin below reserve"
    before: positions.State = empty(positions.State)
    after: positions.State = before
    after.owner = owner
    after.keeper_reserve = reserve
    after.size = size
    deal: Deal = self.enlarge(id, before, after, held - reserve, price, index, price_limit)
    log events.PositionOpened(
        id=id,
        owner=owner,
        vault=vault,
        size=size,
        cost=deal.cost,
        funding_index=index,
        margin=deal.margin,
        keeper_reserve=reserve,
        fill_price=deal.fill_price,
        fee=deal.fee,
    )
    settlement.settle(vault, deal.settlement)
    return id


@external
def increase(id: uint256, quantity: uint256, price_limit: uint256, deadline: uint256):
    """
    @notice Enlarges a position. Owner or manager.
    @param id The position.
    @param quantity Base added on the position's side, WAD.
    @param price_limit Worst fill price accepted, WAD.
    @param deadline Last timestamp at which it may execute, seconds.
    """
    self.check_deadline(deadline)
    self.check_opening()
    before: positions.State = positions.read_managed(id)
    self.check_not_zero(quantity)
    price: uint256 = books.entry_price()
    index: int256 = books.accrue(price)
    vault: address = vaults.at(id)
    after: positions.State = before
    after.size += fixed_point.signed_like(before.size, quantity)
    margin: uint256 = books.margin(vault, before)
    deal: Deal = self.enlarge(id, before, after, margin, price, index, price_limit)
    self.log_modified(id, before, deal)
    settlement.settle(vault, deal.settlement)


@external
def decrease(id: uint256, quantity: uint256, price_limit: uint256, deadline: uint256):
    """
    @notice Closes a part of a position and realises its share of profit or loss. Owner or manager. Never capped.
    @param id The position.
    @param quantity Base closed, WAD, less than the whole.
    @param price_limit Worst fill price accepted, WAD.
    @param deadline Last timestamp at which it may execute, seconds.
    """
    self.check_deadline(deadline)
    before: positions.State = positions.read_managed(id)
    self.check_not_zero(quantity)
    assert quantity < fixed_point.magnitude(before.size), "market: decrease exceeds size"
    price: uint256 = books.exit_price()
    index: int256 = books.accrue(price)
    vault: address = vaults.at(id)
    deal: Deal = self.deal(before, -fixed_point.signed_like(before.size, quantity), price, index, price_limit)
    removed: int256 = valuation.cost_removed(before.cost, before.size, quantity)
    deal.realised_pnl = -deal.cost - removed
    deal = self.with_settlement(deal, books.margin(vault, before))
    after: positions.State = before
    after.size -= fixed_point.signed_like(before.size, quantity)
    after.cost -= removed
    after.funding_index = index
    positions.write(id, before, after)
    worth: valuation.Valuation = books.appraise(after, deal.margin, price, index)
    self.check_min_notional(worth.notional)
    maintenance: int256 = books.maintenance_margin(worth.notional)
    assert worth.equity >= maintenance, "market: below maintenance"
    self.log_modified(id, before, deal)
    settlement.settle(vault, deal.settlement)


@external
def close(id: uint256, price_limit: uint256, deadline: uint256):
    """
    @notice Closes a position; its owner receives everything its vault holds then. Owner or manager. Price
            impact and fee take at most what is there, so that leaving makes no bad debt.
    @param id The position.
    @param price_limit Worst fill price accepted, WAD.
    @param deadline Last timestamp at which it may execute, seconds.
    """
    self.check_deadline(deadline)
    before: positions.State = positions.read_managed(id)
    price: uint256 = books.exit_price()
    index: int256 = books.accrue(price)
    vault: address = vaults.at(id)
    margin: uint256 = books.margin(vault, before)
    assert books.appraise(before, margin, price, index).equity > 0, "market: insolvent"
    deal: Deal = self.deal(before, -before.size, price, index, price_limit)
    deal.realised_pnl = -deal.cost - before.cost
    net: int256 = deal.realised_pnl - deal.funding - convert(deal.fee, int256)
    deal.settlement = max(valuation.to_tokens_down(net, settlement.TOKEN_SCALE), -convert(margin, int256))
    settlement.check_pool_cash(deal.settlement)
    payout: uint256 = books.end(id, vault, before, deal.settlement)
    log events.PositionClosed(
        id=id,
        owner=before.owner,
        size_delta=-before.size,
        fill_price=deal.fill_price,
        realised_pnl=deal.realised_pnl,
        funding=deal.funding,
        fee=deal.fee,
        settlement=deal.settlement,
        payout=payout,
    )


@internal
@view
def check_deadline(deadline: uint256):
    assert block.timestamp <= deadline, "market: deadline passed"


@internal
@view
def check_opening():
    assert not administration.opening_paused, "market: opening paused"


@internal
@pure
def check_not_zero(size: uint256):
    assert size != 0, "market: size is zero"


@internal
@view
def check_min_notional(notional: uint256):
    assert notional >= settings.min_notional(), "market: below min notional"


@internal
@view
def deal(
    state: positions.State, size_delta: int256, price: uint256, index: int256, price_limit: uint256
) -> Deal:
    """
    @dev What a trade costs at the skew before it; nothing realised and nothing settled yet.
    """
    deal: Deal = empty(Deal)
    deal.fill_price = pricing.fill_price(price, positions.skew(), size_delta, settings.skew_scale())
    pricing.check_limit(deal.fill_price, size_delta, price_limit)
    deal.cost = pricing.trade_cost(size_delta, deal.fill_price)
    deal.fee = pricing.trade_fee(deal.cost, settings.ratios().trade_fee)
    deal.funding = valuation.accrued_funding(state.size, index, state.funding_index)
    return deal


@internal
@view
def with_settlement(deal: Deal, margin: uint256) -> Deal:
    """
    @dev Rounded down, against the position; the vault and the pool must have it.
    """
    settled: Deal = deal
    net: int256 = deal.realised_pnl - deal.funding - convert(deal.fee, int256)
    settled.settlement = valuation.to_tokens_down(net, settlement.TOKEN_SCALE)
    left: int256 = convert(margin, int256) + settled.settlement
    assert left >= 0, "market: margin below costs"
    settlement.check_pool_cash(settled.settlement)
    settled.margin = convert(left, uint256)
    return settled


@internal
def enlarge(
    id: uint256,
    before: positions.State,
    larger: positions.State,
    margin: uint256,
    price: uint256,
    index: int256,
    price_limit: uint256,
) -> Deal:
    """
    @dev Opens or increases: `larger` has the new size; cost and funding index follow here. The tokens that
         the deal settles are moved by the caller, last.
    """
    deal: Deal = self.deal(before, larger.size - before.size, price, index, price_limit)
    deal = self.with_settlement(deal, margin)
    after: positions.State = larger
    after.cost += deal.cost
    after.funding_index = index
    skew: int256 = positions.skew()
    positions.write(id, before, after)
    self.check_caps(after.size > 0, skew)
    worth: valuation.Valuation = books.appraise(after, deal.margin, price, index)
    self.check_min_notional(worth.notional)
    books.check_initial_margin(worth.equity, worth.notional)
    cash: int256 = convert(settlement.pool_cash(), int256) - deal.settlement
    assets: int256 = cash * convert(settlement.TOKEN_SCALE, int256) - books.claims(price, index)
    assert convert(books.reserved(price), int256) <= assets, "market: pool reserve"
    return deal


@internal
@view
def check_caps(is_long: bool, skew_before: int256):
    side: uint256 = positions.short()
    if is_long:
        side = positions.long()
    assert side <= settings.max_open_interest(), "market: open interest cap"
    skew: uint256 = fixed_point.magnitude(positions.skew())
    narrower: bool = skew <= fixed_point.magnitude(skew_before)
    assert narrower or skew <= settings.max_skew(), "market: skew cap"


@internal
def log_modified(id: uint256, before: positions.State, deal: Deal):
    after: positions.State = positions.read(id)
    log events.PositionModified(
        id=id,
        size_delta=after.size - before.size,
        size=after.size,
        cost=after.cost,
        funding_index=after.funding_index,
        margin=deal.margin,
        fill_price=deal.fill_price,
        realised_pnl=deal.realised_pnl,
        funding=deal.funding,
        fee=deal.fee,
        settlement=deal.settlement,
    )
