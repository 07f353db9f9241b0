# pragma version 0.4.3
"""
@title Lens
@notice Reads many positions, the market and their health in one call. Holds nothing and may be replaced.
        While the price is bad it answers at the newest price and names the reason in `market_state`.
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed
from ethereum.ercs import IERC4626
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..interfaces import IRiskEngine
from ..market import valuation
from ..risk import price_bounds
from . import health

struct PositionView:
    id: uint256
    owner: address
    vault: address
    size: int256  # WAD base
    cost: int256  # WAD quote
    funding_index: int256  # WAD quote per base, at the last touch
    keeper_reserve: uint256  # token units
    margin: uint256  # token units
    notional: uint256  # WAD quote
    unrealised_pnl: int256  # WAD quote
    accrued_funding: int256  # WAD quote, > 0: owed
    equity: int256  # WAD quote
    maintenance_margin: uint256  # WAD quote
    margin_ratio: uint256  # equity / maintenance, WAD; 0 when there is no equity
    liquidation_price: uint256  # WAD quote per base; 0 for a long that cannot be liquidated
    bankruptcy_price: uint256  # WAD quote per base; 0 for a long that cannot go bankrupt
    status: uint256  # NOT_OPEN, HEALTHY, MARGIN_CALL, LIQUIDATABLE, INSOLVENT

struct MarketState:
    price: uint256  # WAD quote per base
    price_reason: String[32]  # why the price is bad; empty when it is good
    long_open_interest: uint256  # WAD base
    short_open_interest: uint256  # WAD base
    skew: int256  # WAD base
    cost_sum: int256  # WAD quote
    funding_basis: int256  # WAD squared
    funding_index: int256  # WAD quote per base, accrued to this moment
    trader_claims: int256  # WAD quote
    reserved: uint256  # WAD quote
    bad_debt: uint256  # WAD quote, so far
    pool_cash: uint256  # token units
    pool_assets: uint256  # token units
    insurance_fund: uint256  # token units
    last_id: uint256
    opening_multiplier: uint256  # on initial margin, WAD
    maintenance_multiplier: uint256  # on maintenance margin, WAD
    volatility_multiplier: uint256  # WAD
    system_multiplier: uint256  # WAD
    volatility: uint256  # standard deviation of a day's return, WAD
    grace_ends_at: uint256  # unix seconds, 0 when there is no grace after an outage
    price_before: uint256  # the last good price before that outage, WAD quote per base

# What a reading at one moment shares between positions.
struct Moment:
    price: uint256
    index: int256
    risk_engine: IRiskEngine

MAX_PAGE: constant(uint256) = 256

market: public(immutable(IMarket))
asset: public(immutable(IERC20))
pool: public(immutable(IERC4626))
insurance_fund: public(immutable(address))
TOKEN_SCALE: immutable(uint256)


@deploy
def __init__(market_: address, asset_: address, pool_: address, insurance_fund_: address):
    """
    @param market_ The market to read.
    @param asset_ Its collateral token.
    @param pool_ Its liquidity pool.
    @param insurance_fund_ Its insurance fund.
    """
    market = IMarket(market_)
    asset = IERC20(asset_)
    pool = IERC4626(pool_)
    insurance_fund = insurance_fund_
    TOKEN_SCALE = 10 ** (18 - convert(staticcall IERC20Detailed(asset_).decimals(), uint256))


@external
@view
def position(id: uint256) -> PositionView:
    """
    @notice One position and its health at the newest price.
    @param id The position.
    @return Its view; status NOT_OPEN when it is not open.
    """
    return self._view(id, self._moment())


@external
@view
def positions(ids: DynArray[uint256, MAX_PAGE]) -> DynArray[PositionView, MAX_PAGE]:
    """
    @notice Many positions and their health at the newest price.
    @param ids The positions.
    @return A view for each, in the same order.
    """
    moment: Moment = self._moment()
    views: DynArray[PositionView, MAX_PAGE] = []
    for id: uint256 in ids:
        views.append(self._view(id, moment))
    return views


@external
@view
def liquidatable(first_id: uint256, count: uint256) -> DynArray[uint256, MAX_PAGE]:
    """
    @notice The open positions of one page of ids whose equity is below maintenance at the newest price.
    @param first_id Where the page begins; ids count from 1.
    @param count Ids looked at, at most 256.
    @return Their ids.
    """
    moment: Moment = self._moment()
    found: DynArray[uint256, MAX_PAGE] = []
    for offset: uint256 in range(count, bound=MAX_PAGE):
        seen: PositionView = self._view(first_id + offset, moment)
        if seen.equity < convert(seen.maintenance_margin, int256):
            found.append(seen.id)
    return found


@external
@view
def market_state() -> MarketState:
    """
    @notice Everything about the market that is not a position.
    @return The state at the newest price.
    """
    price: uint256 = 0
    reason: String[32] = ""
    oracle: IOracle = staticcall market.oracle()
    price, reason = staticcall oracle.peek()
    state: MarketState = empty(MarketState)
    state.grace_ends_at, state.price_before = staticcall oracle.peek_grace()
    state.price = price
    state.price_reason = reason
    state.long_open_interest, state.short_open_interest = staticcall market.open_interest()
    state.skew, state.cost_sum, state.funding_basis = staticcall market.aggregates()
    state.funding_index = staticcall market.funding_index_at(price)
    state.trader_claims, state.reserved, reason = staticcall market.pool_obligations()
    state.bad_debt = staticcall market.bad_debt()
    state.pool_cash = staticcall asset.balanceOf(pool.address)
    state.pool_assets = staticcall pool.totalAssets()
    state.insurance_fund = staticcall asset.balanceOf(insurance_fund)
    state.last_id = staticcall market.last_id()
    multipliers: IRiskEngine.Multipliers = staticcall (staticcall market.risk_engine()).margin_multipliers()
    state.opening_multiplier = multipliers.opening
    state.maintenance_multiplier = multipliers.maintenance
    state.volatility_multiplier = multipliers.volatility
    state.system_multiplier = multipliers.system
    state.volatility = multipliers.deviation
    return state


@internal
@view
def _moment() -> Moment:
    price: uint256 = 0
    reason: String[32] = ""
    price, reason = staticcall (staticcall market.oracle()).peek()
    return Moment(
        price=price,
        index=staticcall market.funding_index_at(price),
        risk_engine=staticcall market.risk_engine(),
    )


@internal
@view
def _view(id: uint256, moment: Moment) -> PositionView:
    held: IMarket.Position = staticcall market.position(id)
    seen: PositionView = empty(PositionView)
    seen.id = id
    seen.owner = held.owner
    seen.vault = held.vault
    seen.status = health.NOT_OPEN
    if held.size == 0:
        return seen
    worth: valuation.Valuation = valuation.appraise(
        held.size, held.cost, held.funding_index, held.margin, TOKEN_SCALE, moment.price, moment.index
    )
    net_cash: int256 = worth.equity - worth.value
    maintenance: uint256 = staticcall moment.risk_engine.maintenance_margin(worth.notional)
    seen.size = held.size
    seen.cost = held.cost
    seen.funding_index = held.funding_index
    seen.keeper_reserve = held.keeper_reserve
    seen.margin = held.margin
    seen.notional = worth.notional
    seen.unrealised_pnl = worth.value - held.cost
    seen.accrued_funding = worth.funding
    seen.equity = worth.equity
    seen.maintenance_margin = maintenance
    seen.margin_ratio = health.margin_ratio(worth.equity, maintenance)
    seen.liquidation_price = staticcall moment.risk_engine.liquidation_price(held.size, net_cash)
    seen.bankruptcy_price = price_bounds.bankruptcy_price(held.size, net_cash)
    seen.status = health.status(worth.equity, maintenance, staticcall moment.risk_engine.call_ratio())
    return seen
